//! The command line as its users meet it: the real binary, real HTTP, the strict emulator.

mod support;

mod cli {
    mod cdn;
}
