//! Which leaves, which keys: selectors, `.sops.yaml`, creation rules.
