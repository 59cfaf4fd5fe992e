//! What of a step other players of the format leave out (Chrome DevTools, `@puppeteer/replay`),
//! as it stands in a file of ours. `flow export --to recorder` tells more, of what it writes.

use super::{Action, Flow, OwnStep, Step};

impl Step {
    /// What other players do not do of this step, in a few words each; nothing when they do it all.
    pub fn left_out_elsewhere(&self) -> Vec<&'static str> {
        let extension = &self.extension;
        let own = match &self.action {
            Action::Own(own) if !self.is_known_elsewhere() => Some(match own {
                OwnStep::Upload(_) => "the upload",
                OwnStep::Drag(_) => "the drag",
                OwnStep::Paste(_) => "the paste",
                OwnStep::Press(_) => "the keys",
                OwnStep::History(_) => "the way through the history",
            }),
            _ => None,
        };
        let several = extension.values.as_ref();
        let several = several.is_some_and(|values| values.len() > 1);
        let rest = [
            (several, "all chosen options but the first"),
            (!extension.modifiers.is_empty(), "the keys held meanwhile"),
            (!extension.dialogs.is_empty(), "the answer to the dialog"),
            (extension.download.is_some(), "waiting for the download"),
        ];
        let rest = rest.into_iter().filter(|(is, _)| *is).map(|(_, what)| what);
        own.into_iter().chain(rest).collect()
    }
}

impl Flow {
    /// What other players leave out, with the indexes of the steps.
    pub fn left_out_elsewhere(&self) -> Vec<(usize, &'static str)> {
        let steps = self.steps.iter().enumerate();
        steps
            .flat_map(|(index, step)| {
                let left = step.left_out_elsewhere().into_iter();
                left.map(move |what| (index, what))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_leave_out_is_named_with_its_step() {
        let text = r##"{"title":"t","steps":[
            {"type":"click","selectors":["#a"],"offsetX":1,"offsetY":1},
            {"type":"waitForExpression","expression":"x","x-rehearsal":{"drag":{"selectors":["#a"],"to":["#b"]}}},
            {"type":"customStep","name":"rehearsal.drag","parameters":{"selectors":["#a"],"to":["#b"]}},
            {"type":"waitForExpression","expression":"true","x-rehearsal":{"drag":{"selectors":["aria/A"],"by":[1,2]}}},
            {"type":"customStep","name":"rehearsal.upload","parameters":{"selectors":["#f"],"files":["a"]}},
            {"type":"click","selectors":["#a"],"offsetX":1,"offsetY":1,
                "x-rehearsal":{"modifiers":["Shift"],"dialogs":[{"type":"confirm"}]}},
            {"type":"customStep","name":"other.thing"}]}"##;
        let flow = Flow::parse("t.json", text).unwrap();
        assert_eq!(
            flow.left_out_elsewhere(),
            [
                (2, "the drag"),
                (3, "the drag"),
                (4, "the upload"),
                (5, "the keys held meanwhile"),
                (5, "the answer to the dialog"),
            ]
        );
    }
}
