//! A copy of the whole history as one private file.

use crate::error::HistoryError;
use crate::files;
use crate::store::Store;
use std::path::Path;

impl Store {
    /// Writes a copy to `to`, which must not exist. The copy is whole and compact, also while others write.
    ///
    /// # Errors
    /// [`HistoryError::File`] where there is a file or none can be made, or [`HistoryError::Database`].
    pub fn backup(&self, to: &Path) -> Result<u64, HistoryError> {
        // Made here, because `VACUUM INTO` would make it readable by everybody; into an empty file it writes as it is.
        drop(files::create_new_private(to)?);
        let copied = self.conn.execute("VACUUM INTO ?1", [to.to_string_lossy()]);
        if let Err(error) = copied {
            files::remove(to)?;
            return Err(error.into());
        }
        Ok(files::size(to))
    }
}
