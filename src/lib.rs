//! certctl: TLS certificates where the traffic is, across Alibaba Cloud, Tencent Cloud and UCloud.
//!
//! The layers, bottom first; imports point down only (`tests/layers.rs` holds that).

pub mod cert;
pub mod cloud;
pub mod config;
pub mod emulator;
pub mod fault;
pub mod files;
pub mod redact;
pub mod secret;
pub mod sign;
