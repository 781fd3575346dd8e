//! Completions for zsh: those of `clap_complete`, and the names of the profiles.

/// What `clap_complete` writes for [`super::hints::PROFILE`].
const PLACEHOLDER: &str = ":_users'";

/// Where the functions begin.
const FIRST: &str = "_certctl() {";

/// The script with a function that completes a profile; `profiles` prints their names.
pub fn with_profiles(script: String, profiles: &str) -> String {
    let function = format!(
        "_certctl_profiles() {{
    local -a names
    names=(${{(f)\"$({profiles})\"}})
    compadd -a names
}}

{FIRST}"
    );
    script
        .replace(PLACEHOLDER, ":_certctl_profiles'")
        .replacen(FIRST, &function, 1)
}
