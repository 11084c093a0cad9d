//! The function's settings, from its environment.
