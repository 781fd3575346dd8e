//! alibaba_acs3
