//! ucloud
