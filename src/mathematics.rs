//! Two functions of the C library's mathematics, `libm.so.6`, which nothing else of it is needed for.
//!
//! Libraries that speak to key services reckon with them how long to wait before they ask again. To find,
//! map and start a shared library for that takes a tenth of the time of a run that does little. The linker
//! takes these here, the `libm` crate's, and asks for no other.
//!
//! # Why there is `unsafe` here
//!
//! A function that other languages find by its name could take the place of one that means something else.
//! These two have the meaning, the arguments and the result that C gives to the names (ISO C 7.12.6.10,
//! 7.12.7.5), and a program of ours has them alone: it is no library.

#![allow(unsafe_code)] // see above

/// `base` to the power of `exponent`.
#[unsafe(no_mangle)]
extern "C" fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// The logarithm of `number` to base 2.
#[unsafe(no_mangle)]
extern "C" fn log2f(number: f32) -> f32 {
    libm::log2f(number)
}

#[cfg(test)]
mod tests {
    #[test]
    #[allow(clippy::float_cmp)] // exact in any implementation
    fn they_are_the_functions_of_their_names() {
        assert_eq!((super::pow(2.0, 10.0), super::pow(9.0, 0.5)), (1024.0, 3.0));
        assert_eq!((super::log2f(8.0), super::log2f(0.25)), (3.0, -2.0));
    }
}
