//! Where certificates and load balancers are: a project in a region. The same flags on every
//! command of the group.

use clap::Args;

use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::{Place, Session};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;

/// The flags that say where.
#[derive(Debug, Args)]
pub struct LocationArgs {
    /// Region of the load balancers [env: UCLOUD_REGION]
    #[arg(long, value_name = "REGION", value_parser = id)]
    region: Option<String>,
    /// Project id, without the name [env: UCLOUD_PROJECT_ID]
    #[arg(long, value_name = "ID", value_parser = id)]
    project_id: Option<String>,
}

impl LocationArgs {
    /// Settles who calls, and where; a region there must be.
    pub fn settle(&self, session: &Session<'_>) -> Result<Settings, Error> {
        let place = Place {
            region: self.region.as_deref(),
            project_id: self.project_id.as_deref(),
            ..Place::default()
        };
        let settings = session.settings(Cloud::Ucloud, place)?;
        if settings.region.is_none() {
            return Err(Error::new(
                Kind::Config,
                "the region is missing: certificates of load balancers are regional",
                "add --region REGION or set UCLOUD_REGION, such as cn-bj2: nothing was sent",
            ));
        }
        if settings.project_id.is_none() {
            session.ui.warn(
                "no project given (--project-id, UCLOUD_PROJECT_ID): using the \
                             default project of the account",
            );
        }
        Ok(settings)
    }
}
