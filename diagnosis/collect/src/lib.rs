//! Reads AWS and turns its answers into evidence.
