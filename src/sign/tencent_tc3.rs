//! tencent_tc3
