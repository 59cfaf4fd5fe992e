//! dragging
