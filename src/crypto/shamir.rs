//! Shamir sharing of the data key over GF(2^8) (file format §9).
