//! A bundle written and read back, and what happens to one that is not ours.
