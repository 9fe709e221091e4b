//! Marks a user puts on entries: favourites and tags.

use crate::error::HistoryError;
use crate::store::Store;
use rusqlite::params;
use uuid::Uuid;

impl Store {
    /// Marks an entry as worth keeping for good, or takes the mark off. False where there is no such entry.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn set_favourite(&mut self, id: Uuid, favourite: bool) -> Result<bool, HistoryError> {
        let sql = "UPDATE entry SET favourite = ?2 WHERE uuid = ?1";
        Ok(self.conn.execute(sql, params![id.as_bytes().as_slice(), favourite])? > 0)
    }

    /// Puts a tag on an entry. False where there is no such entry or it has the tag.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn tag(&mut self, id: Uuid, tag: &str) -> Result<bool, HistoryError> {
        let tag = self.redactor.redact(tag).text;
        let sql = "INSERT OR IGNORE INTO tag(entry_id, name) SELECT id, ?2 FROM entry WHERE uuid = ?1";
        Ok(self.conn.execute(sql, params![id.as_bytes().as_slice(), tag])? > 0)
    }

    /// Takes a tag off an entry. False where it had none such.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn untag(&mut self, id: Uuid, tag: &str) -> Result<bool, HistoryError> {
        let sql = "DELETE FROM tag WHERE name = ?2 AND entry_id = (SELECT id FROM entry WHERE uuid = ?1)";
        Ok(self.conn.execute(sql, params![id.as_bytes().as_slice(), tag])? > 0)
    }
}
