//! The frames of one tab: who is whose child, which session speaks for each, and which of our
//! execution contexts live in its document. Pure state; the observer folds events into it.

use std::collections::HashMap;
use std::sync::Arc;

use super::cdp::Session;

/// Frames of a tab by id. The main frame is always there.
#[derive(Debug)]
pub(crate) struct Tree {
    main: Arc<str>,
    frames: HashMap<Arc<str>, Node>,
}

/// One frame.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) parent: Option<Arc<str>>,
    /// In the order in which they were attached, as Puppeteer counts them.
    pub(crate) children: Vec<Arc<str>>,
    pub(crate) url: String,
    pub(crate) session: Session,
    /// Navigations so far: of documents, and within them.
    pub(crate) moves: u64,
    pub(crate) worlds: Worlds,
}

/// What we know of the execution contexts of a frame's current document.
#[derive(Debug, Default)]
pub(crate) struct Worlds {
    /// Number of the document in this frame; what was learned of another one is not stored.
    pub(crate) document: u64,
    /// Context of our isolated world.
    pub(crate) isolated: Option<i64>,
    /// Handle of `document` in the page's own world.
    pub(crate) main: Option<String>,
    /// Addresses of the library scripts that are installed in the isolated world.
    pub(crate) injected: Vec<usize>,
}

impl Worlds {
    /// Forgets all contexts: another document is there.
    pub(crate) fn renew(&mut self) {
        *self = Self {
            document: self.document + 1,
            ..Self::default()
        };
    }
}

impl Tree {
    /// A tab with its empty main frame.
    pub(crate) fn new(main: &str, url: &str, session: Session) -> Self {
        let main: Arc<str> = main.into();
        let node = Node::new(None, url, session);
        Self {
            frames: HashMap::from([(main.clone(), node)]),
            main,
        }
    }

    /// Id of the main frame.
    pub(crate) fn main(&self) -> &Arc<str> {
        &self.main
    }

    /// A frame, if it is still there.
    pub(crate) fn get(&self, id: &str) -> Option<&Node> {
        self.frames.get(id)
    }

    /// A frame, if it is still there.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Node> {
        self.frames.get_mut(id)
    }

    /// The tree's own copy of a frame's id.
    pub(crate) fn known(&self, id: &str) -> Option<Arc<str>> {
        self.frames.get_key_value(id).map(|(id, _)| id.clone())
    }

    /// See [`super::page::Page::path_to`].
    pub(crate) fn path_to(&self, id: &str) -> Option<Vec<(usize, Arc<str>)>> {
        let mut path = Vec::new();
        let mut id = self.known(id)?;
        while let Some(parent) = self.get(&id)?.parent.clone() {
            let siblings = &self.get(&parent)?.children;
            let index = siblings.iter().position(|sibling| *sibling == id)?;
            path.push((index, std::mem::replace(&mut id, parent)));
        }
        path.reverse();
        Some(path)
    }

    /// The first frame, in no certain order, for which `wanted` holds.
    pub(crate) fn find(&self, wanted: impl Fn(&Node) -> bool) -> Option<Arc<str>> {
        self.frames
            .iter()
            .find(|(_, node)| wanted(node))
            .map(|(id, _)| id.clone())
    }

    /// All frames, in no certain order, for which `wanted` holds.
    pub(crate) fn all(&self, wanted: impl Fn(&Node) -> bool) -> Vec<Arc<str>> {
        let found = self.frames.iter().filter(|(_, node)| wanted(node));
        found.map(|(id, _)| id.clone()).collect()
    }

    /// Frames that run in another process than the frame around them.
    pub(crate) fn elsewhere(&self) -> Vec<String> {
        let moved = self.frames.iter().filter(|(_, node)| {
            let around = node.parent.as_ref().and_then(|parent| self.get(parent));
            around.is_some_and(|around| around.session.id() != node.session.id())
        });
        moved.map(|(id, _)| id.to_string()).collect()
    }

    /// A frame was attached under `parent`.
    pub(crate) fn attach(&mut self, id: &str, parent: &str, session: &Session) {
        if self.frames.contains_key(id) {
            return;
        }
        let (id, parent): (Arc<str>, Arc<str>) = (id.into(), parent.into());
        let Some(node) = self.frames.get_mut(&parent) else {
            return;
        };
        node.children.push(id.clone());
        self.frames
            .insert(id, Node::new(Some(parent), "", session.clone()));
    }

    /// Another session speaks for the frame: it moved to another process.
    pub(crate) fn hand_over(&mut self, id: &str, session: &Session) {
        let children = match self.frames.get_mut(id) {
            Some(node) => {
                node.session = session.clone();
                node.worlds.renew();
                std::mem::take(&mut node.children)
            }
            None => return,
        };
        for child in children {
            self.remove(&child);
        }
    }

    /// Another document is in the frame; its old child frames are gone.
    pub(crate) fn commit(&mut self, id: &str, url: &str, session: &Session) {
        self.hand_over(id, session);
        if let Some(node) = self.frames.get_mut(id) {
            url.clone_into(&mut node.url);
            node.moves += 1;
        }
    }

    /// The frame's document took another address (fragment, history API).
    pub(crate) fn moved(&mut self, id: &str, url: &str) {
        if let Some(node) = self.frames.get_mut(id) {
            url.clone_into(&mut node.url);
            node.moves += 1;
        }
    }

    /// The frame was removed from its document, with all inside it.
    pub(crate) fn detach(&mut self, id: &str) {
        let parent = self.frames.get(id).and_then(|node| node.parent.clone());
        if let Some(node) = parent.and_then(|parent| self.frames.get_mut(&parent)) {
            node.children.retain(|child| &**child != id);
        }
        if *self.main != *id {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: &str) {
        if let Some(node) = self.frames.remove(id) {
            for child in node.children {
                self.remove(&child);
            }
        }
    }
}

impl Node {
    fn new(parent: Option<Arc<str>>, url: &str, session: Session) -> Self {
        Self {
            parent,
            children: Vec::new(),
            url: url.to_owned(),
            session,
            moves: 0,
            worlds: Worlds::default(),
        }
    }
}
