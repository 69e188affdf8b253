//! The text form of an encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]` (file format §3).
