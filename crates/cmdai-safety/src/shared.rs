//! A value that costs nothing to keep aside: copied only when one of its holders changes it.
//!
//! The walk keeps the shell's state before every branch, pipe and subshell. Most of them change nothing, so a copy for each
//! would make long chains cost the square of their length.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// Copy on write.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Whether nothing was changed since one was made from the other.
    pub(crate) fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}
