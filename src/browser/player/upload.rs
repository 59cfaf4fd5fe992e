//! Giving files to a field or to a file chooser. The page gets them as from a person: with their
//! names and contents, and the events that choosing fires.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::browser::cdp::Session;
use crate::browser::frame::EvaluateError;
use crate::flow::Upload;
use crate::sample::Cause;

use super::attempt::{Attempt, Demand};
use super::pointer;
use super::reason::seconds;
use super::stop::Stop;

/// How long a press may take to open a file chooser.
const CHOOSER: Duration = Duration::from_secs(5);

/// What was found instead of, or as, a file field.
#[derive(Debug, Deserialize)]
struct Field {
    /// It is one.
    file: bool,
    several: bool,
    element: String,
}

/// A file field as the protocol sees it.
struct Target {
    session: Session,
    object: String,
    element: String,
    several: bool,
}

/// Gives the step's files. Returns engine milliseconds.
pub(super) async fn upload(attempt: &Attempt<'_>, step: &Upload) -> Result<f64, Stop> {
    for file in &step.files {
        if tokio::fs::metadata(file).await.is_err() {
            let message = format!("there is no file `{file}` to upload");
            return Err(Stop::failed(Cause::Flow, message));
        }
    }
    let demand = Demand {
        enabled: true,
        hidden: true,
        ..Demand::default()
    };
    let readiness = attempt.ready(&step.selectors, demand).await?;
    let field: Field = attempt
        .call("() => rehearsal.fileField()", json!(null))
        .await?;
    let (target, engine_ms) = if field.file {
        attempt.mark();
        (in_page(attempt, field).await?, 0.0)
    } else {
        behind_chooser(attempt, step, &field).await?
    };
    if step.files.len() > 1 && !target.several {
        return Err(Stop::failed(
            Cause::Flow,
            format!(
                "`{}` takes one file, and the step has {}",
                target.element,
                step.files.len()
            ),
        ));
    }
    give(attempt, &target, &step.files).await?;
    Ok(readiness.engine_ms + engine_ms)
}

async fn in_page(attempt: &Attempt<'_>, field: Field) -> Result<Target, Stop> {
    let object = attempt.frame.handle("rehearsal.fileInput").await?;
    Ok(Target {
        session: attempt.frame.session(),
        object,
        element: field.element,
        several: field.several,
    })
}

/// Presses what opens a chooser, and takes the field behind it.
async fn behind_chooser(
    attempt: &Attempt<'_>,
    step: &Upload,
    field: &Field,
) -> Result<(Target, f64), Stop> {
    let mut choosers = attempt.stage.intercepts().choosers();
    let demand = Demand {
        enabled: true,
        aim: true,
        ..Demand::default()
    };
    let aimed = pointer::aim(attempt, &step.selectors, demand).await?;
    pointer::press(attempt, aimed).await?;
    let opened = choosers.wait_for(Option::is_some);
    let within = attempt.left().min(CHOOSER);
    let opened = tokio::time::timeout(within, opened).await;
    let chooser = opened.ok().and_then(|chooser| chooser.ok()?.clone());
    let Some(chooser) = chooser else {
        return Err(Stop::failed(
            Cause::NotActionable,
            format!(
                "`{}` is no file field, and pressing it opened no file chooser within {}",
                field.element,
                seconds(within)
            ),
        ));
    };
    let Some(node) = chooser.node else {
        return Err(Stop::failed(
            Cause::NotActionable,
            format!(
                "`{}` opens files with `showOpenFilePicker`, to which no browser lets a script \
                 give any",
                field.element
            ),
        ));
    };
    let node = json!({"backendNodeId": node});
    let resolved = chooser.session.call_raw("DOM.resolveNode", node).await?;
    let object = resolved["object"]["objectId"].as_str().unwrap_or_default();
    let target = Target {
        object: object.to_owned(),
        session: chooser.session,
        element: field.element.clone(),
        several: chooser.several,
    };
    Ok((target, aimed.engine_ms))
}

/// Gives the files, and makes sure that the page was told of them.
async fn give(attempt: &Attempt<'_>, target: &Target, files: &[String]) -> Result<(), Stop> {
    // Many pages empty the field as soon as they have the files, so what it holds is noted when
    // it changes. The field may be in no document at all.
    const WATCH: &str = "function () {
        const names = () => [...this.files].map((file) => file.name);
        const seen = { names: null };
        const note = () => { seen.names ??= names(); };
        this.addEventListener('input', note, { capture: true, once: true });
        this.addEventListener('change', note, { capture: true, once: true });
        seen.now = names;
        return seen;
    }";
    const SEEN: &str = "function () { return this.names ?? this.now(); }";
    let seen = called(target, &target.object, WATCH, false).await?;
    let seen = seen["objectId"].as_str().unwrap_or_default().to_owned();
    let give = json!({"files": files, "objectId": target.object});
    target
        .session
        .call_within("DOM.setFileInputFiles", give, attempt.left().max(CHOOSER))
        .await?;
    // The page may leave at once.
    let held = match called(target, &seen, SEEN, true).await {
        Ok(held) => held["value"].clone(),
        Err(Stop::Again(_)) => return Ok(()),
        Err(stop) => return Err(stop),
    };
    let name = |file: &String| {
        let name = Path::new(file).file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let given: Vec<String> = files.iter().map(name).collect();
    if held == json!(given) || Path::new(&files[0]).is_dir() {
        return Ok(());
    }
    Err(Stop::failed(
        Cause::NotActionable,
        format!(
            "`{}` holds {held} after it was given {given:?}",
            target.element
        ),
    ))
}

/// Calls a function on an object of the page.
async fn called(
    target: &Target,
    object: &str,
    function: &str,
    by_value: bool,
) -> Result<Value, Stop> {
    let call = json!({"objectId": object, "functionDeclaration": function,
        "returnByValue": by_value, "silent": true});
    let answer = target
        .session
        .call_raw("Runtime.callFunctionOn", call)
        .await;
    match answer {
        Ok(answer) => Ok(answer["result"].clone()),
        Err(crate::browser::cdp::CdpError::Refused { .. }) => Err(EvaluateError::Navigated.into()),
        Err(error) => Err(error.into()),
    }
}
