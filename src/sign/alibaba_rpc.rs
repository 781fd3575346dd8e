//! alibaba_rpc
