//! The command line as its users meet it: the real binary, real HTTP, the strict emulator.

mod support;

mod cli {
    mod arguments;
    mod batch;
    mod cdn;
    mod clock;
    mod credentials;
    mod csr;
    mod dry_run;
    mod ga;
    mod network;
    mod output;
    mod proxy;
    mod secrets;
    mod signals;
    mod tls;
    mod ulb;
}
