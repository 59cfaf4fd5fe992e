//! What commands need before they start: the workload with all it names, secrets, a target that
//! answers. Everything here can refuse before anything is started.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::{Diagnostic, IntoDiagnostic, WrapErr, miette};
use rehearsal::feed::Feed;
use rehearsal::flow::template::{Needs, SECRET_VARIABLE_PREFIX, Secrets};
use rehearsal::flow::{Flow, Viewport};
use rehearsal::seed::{Database, Plan};
use rehearsal::workload::{FeedShape, Overrides, SeedSection, Sources, Workload};
use url::Url;

/// How long a target may take to accept a connection.
const REACH_TIMEOUT: Duration = Duration::from_secs(5);

/// Page size where neither flow nor persona sets one.
pub(super) const DESKTOP: Viewport = Viewport {
    width: 1280,
    height: 800,
    device_scale_factor: 1.0,
    is_mobile: false,
    has_touch: false,
    is_landscape: true,
};

/// Reads the workload's files from disk.
struct Files;

impl Sources for Files {
    fn text(&mut self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn file(&mut self, path: &Path) -> Option<PathBuf> {
        existing(path)
    }

    fn seed_feeds(
        &mut self,
        seed: &SeedSection,
    ) -> Result<Vec<FeedShape>, Box<dyn Diagnostic + Send + Sync + 'static>> {
        let text = std::fs::read_to_string(&seed.plan).map_err(|source| {
            let help = "`plan` under [seed] is relative to the workload's folder";
            Unread::new(&seed.plan, source, help)
        })?;
        let plan = Plan::parse(&text, &seed.plan.display().to_string())?;
        let options = rehearsal::seed::Options {
            scale: seed.scale,
            ..rehearsal::seed::Options::default()
        };
        let feeds = rehearsal::seed::feeds(&plan, &options)?;
        Ok(feeds.iter().map(FeedShape::of).collect())
    }
}

#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("could not read the seed plan `{}`", path.display())]
struct Unread {
    path: PathBuf,
    #[source]
    source: io::Error,
    #[help]
    help: &'static str,
}

impl Unread {
    fn new(path: &Path, source: io::Error, otherwise: &'static str) -> Self {
        let help = match source.kind() {
            io::ErrorKind::InvalidData => {
                "a plan is text in TOML; `rehearsal seed plan` writes one"
            }
            io::ErrorKind::IsADirectory => "name the plan's file in that folder",
            _ => otherwise,
        };
        Self {
            path: path.to_owned(),
            source,
            help,
        }
    }
}

/// Loads the workload with all it names.
pub(super) fn load_workload(path: &Path, overrides: &Overrides) -> miette::Result<Workload> {
    Ok(Workload::load(path, overrides, &mut Files)?)
}

/// The absolute path of a file, if it is there.
fn existing(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.exists().then_some(path)
}

/// Reads a flow as it is in its file.
pub(super) fn read_flow(path: &Path) -> miette::Result<Flow> {
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("could not read the flow `{}`", path.display()))?;
    Ok(Flow::parse(&path.display().to_string(), &text)?)
}

/// Reads a flow, and finds the files that it uploads.
pub(super) fn load_flow(path: &Path) -> miette::Result<Flow> {
    let mut flow = read_flow(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    if let Some((step, missing)) = flow.resolve_files(folder, existing).first() {
        return Err(miette!(
            help = "paths of files are relative to the flow's own",
            "step {step} of `{}` uploads `{}`, and there is no such file",
            path.display(),
            missing.display()
        ));
    }
    Ok(flow)
}

/// The secrets that flows need, from the environment; the first that is missing is an error.
pub(super) fn secrets_for(needs: Needs) -> miette::Result<Secrets> {
    let mut secrets = Vec::new();
    for name in needs.secrets {
        let variable = format!("{SECRET_VARIABLE_PREFIX}{name}");
        let value = std::env::var(&variable).map_err(|_| {
            miette!(
                help = format!("export {variable}=… before the command"),
                "a flow needs the secret `{name}`, and `{variable}` is not set"
            )
        })?;
        secrets.push((name, value));
    }
    Ok(Secrets::new(secrets))
}

/// Reads a seed plan.
pub(super) fn load_plan(path: &Path) -> miette::Result<Plan> {
    let text = std::fs::read_to_string(path).map_err(|source| {
        let help = "correct the path; `rehearsal seed plan -o FILE` writes a plan from a database";
        Unread::new(path, source, help)
    })?;
    Ok(Plan::parse(&text, &path.display().to_string())?)
}

/// The feeds of a plan that was filled at this scale.
pub(super) fn plan_feeds(path: &Path, scale: f64) -> miette::Result<Vec<Feed>> {
    let plan = load_plan(path)?;
    let options = rehearsal::seed::Options {
        scale,
        ..rehearsal::seed::Options::default()
    };
    Ok(rehearsal::seed::feeds(&plan, &options)?)
}

/// The plan and the database of a `[seed]` section.
pub(super) struct Seeding {
    pub(super) plan: Plan,
    pub(super) database: Database,
}

impl Seeding {
    /// Resolves the section: reads the plan, takes `env:NAME` from the environment.
    pub(super) fn of(section: &SeedSection) -> miette::Result<Self> {
        Ok(Self {
            plan: load_plan(&section.plan)?,
            database: Database::parse(&section.database)?,
        })
    }
}

/// Whether something accepts connections at the target.
pub(super) async fn reach(url: &Url, named_by: &str) -> miette::Result<()> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(miette!(
            help = "give an address such as `http://127.0.0.1:8000`",
            "`{url}` ({named_by}) has no host"
        ));
    };
    let host = host.trim_matches(['[', ']']);
    let connect = tokio::net::TcpStream::connect((host, port));
    let problem = match tokio::time::timeout(REACH_TIMEOUT, connect).await {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", REACH_TIMEOUT.as_secs()),
    };
    Err(miette!(
        help = format!("start the site, or correct {named_by}"),
        "the target {url} cannot be reached: {problem}",
        url = url.as_str().trim_end_matches('/')
    ))
}

/// Arguments that say which browser.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct BrowserArgs {
    /// Chromium, Chrome or headless shell to use; found in the usual places when absent.
    #[arg(long, value_name = "PATH", env = rehearsal::browser::BROWSER_VARIABLE)]
    pub(super) browser: Option<PathBuf>,
}
