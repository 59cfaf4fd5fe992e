//! An ordinary window on a display.
