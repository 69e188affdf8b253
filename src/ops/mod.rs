//! What is done with a file: bytes in, bytes out.
