//! The command line as its users meet it: the real binary, real HTTP, the strict emulator.

mod support;

mod cli {
    mod accounts;
    mod api;
    mod api_answers;
    mod api_pages;
    #[cfg(target_os = "linux")]
    mod apply;
    mod arguments;
    mod asking;
    mod batch;
    mod cas;
    #[cfg(unix)]
    mod cas_signals;
    mod cas_upload;
    mod cdn;
    mod cdn_bindings;
    mod cdn_list;
    mod cdn_set;
    mod cdn_wait;
    mod cert_edge;
    mod cert_expect;
    mod cert_files;
    mod cert_probe;
    mod certificates;
    mod clock;
    #[cfg(unix)]
    mod config;
    mod config_keys;
    #[cfg(unix)]
    mod credentials;
    mod csr;
    mod csr_life;
    mod dcdn;
    mod dry_run;
    mod dry_run_live;
    mod errors;
    mod every_group;
    mod ga;
    mod ga_certificates;
    mod ga_changes;
    mod ga_list;
    mod habits;
    #[cfg(unix)]
    mod hidden_input;
    mod inventory;
    #[cfg(target_os = "linux")]
    mod killed;
    #[cfg(unix)]
    mod leaks;
    #[cfg(unix)]
    mod logins;
    #[cfg(target_os = "linux")]
    mod manifest;
    mod memory;
    mod network;
    #[cfg(unix)]
    mod output;
    mod plan;
    mod products;
    mod profiles;
    mod proxy;
    mod reads;
    mod sandbox;
    #[cfg(unix)]
    mod secrets;
    mod shell;
    #[cfg(unix)]
    mod signals;
    mod ssl_bindings;
    mod ssl_certificates;
    mod ssl_deploy;
    mod ssl_deployments;
    mod ssl_records;
    mod ssl_update;
    #[cfg(unix)]
    mod terminal;
    mod tls;
    mod ulb;
    mod ulb_bindings;
    mod ulb_certificates;
    mod ulb_given;
    mod ulb_lists;
    mod variables;
    mod views;
    #[cfg(unix)]
    mod waits;
}
