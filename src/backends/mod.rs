//! The services that wrap and unwrap data keys, a feature each.
