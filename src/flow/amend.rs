//! Mends a flow where a replay found that its page has changed.

use super::{Effect, Fingerprint, Flow, Selectors};

/// One part of an [`Effect`]; indexes are places in its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectPart {
    /// [`Effect::navigation`].
    Navigation,
    /// One of [`Effect::responses`].
    Response(usize),
    /// One of [`Effect::appears`].
    Appears(usize),
    /// One of [`Effect::vanishes`].
    Vanishes(usize),
    /// [`Effect::state`].
    State,
}

impl Effect {
    /// All its parts.
    pub fn parts(&self) -> Vec<EffectPart> {
        let navigation = self.navigation.iter().map(|_| EffectPart::Navigation);
        let responses = (0..self.responses.len()).map(EffectPart::Response);
        let appears = (0..self.appears.len()).map(EffectPart::Appears);
        let vanishes = (0..self.vanishes.len()).map(EffectPart::Vanishes);
        let state = self.state.iter().map(|_| EffectPart::State);
        let all = navigation.chain(responses).chain(appears);
        all.chain(vanishes).chain(state).collect()
    }

    /// The same without these parts; nothing when none is left.
    #[must_use]
    pub fn without(&self, parts: &[EffectPart]) -> Option<Self> {
        fn kept<T: Clone>(all: &[T], is_gone: impl Fn(usize) -> bool) -> Vec<T> {
            let all = all.iter().enumerate();
            let kept = all.filter(|(at, _)| !is_gone(*at));
            kept.map(|(_, part)| part.clone()).collect()
        }
        let gone = |part: EffectPart| parts.contains(&part);
        let effect = Self {
            navigation: self
                .navigation
                .clone()
                .filter(|_| !gone(EffectPart::Navigation)),
            responses: kept(&self.responses, |at| gone(EffectPart::Response(at))),
            appears: kept(&self.appears, |at| gone(EffectPart::Appears(at))),
            vanishes: kept(&self.vanishes, |at| gone(EffectPart::Vanishes(at))),
            state: self.state.clone().filter(|_| !gone(EffectPart::State)),
        };
        (effect != Self::default()).then_some(effect)
    }
}

impl Flow {
    /// Gives the step with this index (from 0) other selectors, and what its element looks like.
    /// What is absent stays as it was, and so does a step that has no element.
    pub fn amend(
        &mut self,
        index: usize,
        selectors: Option<Selectors>,
        element: Option<Fingerprint>,
    ) {
        let Some(step) = self.steps.get_mut(index) else {
            return;
        };
        let Some(own) = step.action.selectors_mut() else {
            return;
        };
        if let Some(selectors) = selectors {
            *own = selectors;
        }
        if let Some(element) = element {
            step.extension.element = Some(Box::new(element));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{ElementState, ResponsePattern, Selector};

    #[test]
    fn an_effect_without_some_parts_keeps_the_others_in_their_order() {
        let named = |name: &str| {
            Selectors(vec![Selector {
                chain: vec![name.to_owned()],
                bare: false,
            }])
        };
        let effect = Effect {
            navigation: Some("/cart".to_owned()),
            responses: vec![ResponsePattern {
                url: "/api".to_owned(),
                ..ResponsePattern::default()
            }],
            appears: vec![named("#a"), named("#b"), named("#c")],
            vanishes: vec![named("#d")],
            state: Some(ElementState::default()),
        };
        assert_eq!(effect.parts().len(), 7);
        let kept = effect.without(&[EffectPart::Appears(1), EffectPart::Navigation]);
        let kept = kept.unwrap();
        assert_eq!(kept.appears, [named("#a"), named("#c")]);
        assert_eq!((kept.navigation, kept.responses.len()), (None, 1));
        assert_eq!(effect.without(&effect.parts()), None);
        assert_eq!(effect.without(&[]), Some(effect));
    }
}
