//! Laws of the settings.
