//! What is told of elements, and what Rust asks.

use serde_json::json;

use super::harness::Person;
use crate::browser::capture::{Element, PageEvent};

async fn clicked(person: &Person, selector: &str) -> Element {
    person
        .run("() => { document.onclick = (event) => event.preventDefault(); }")
        .await;
    person.click(selector).await;
    person.settle().await;
    let reports = person.reports().await;
    let mut clicks = reports.into_iter().filter_map(|report| match report.event {
        PageEvent::Click { element, .. } => Some(element),
        _ => None,
    });
    clicks.next_back().unwrap()
}

fn parts(element: &Element) -> Vec<String> {
    let all = element.selectors.0.iter();
    all.map(|selector| selector.chain.join(" >>> ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hidden_element_would_answer_first_is_left_out() {
    // Other players take the first match, and wait for ever until it can be seen.
    let person = Person::on(
        "<div style='display:none'><a href='/cart'>View cart</a></div>
         <p id=messages><a href='/cart' class=button>View cart</a></p>",
    )
    .await;
    let view = clicked(&person, "#messages a").await;
    let selectors = parts(&view);
    assert!(
        !selectors.contains(&"a[href=\"/cart\"]".to_owned()),
        "{selectors:?}"
    );
    assert!(
        !selectors.contains(&"text/View cart".to_owned()),
        "{selectors:?}"
    );
    assert!(
        selectors.contains(&"aria/View cart[role=\"link\"]".to_owned()),
        "{selectors:?}"
    );
    assert!(selectors.contains(&"a.button".to_owned()), "{selectors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_for_screen_readers_alone_are_left_out() {
    // Other players would press the words, which have one pixel, and never get to them.
    let person = Person::on(
        "<button id=more><span style='position:absolute;width:1px;height:1px;overflow:hidden'>More
         actions</span><svg width=20 height=20></svg></button><button id=less>Less actions</button>",
    )
    .await;
    let selectors = parts(&clicked(&person, "#more").await);
    let text = "text/More actions".to_owned();
    assert!(!selectors.contains(&text), "{selectors:?}");
    let name = "aria/More actions[role=\"button\"]".to_owned();
    assert!(selectors.contains(&name), "{selectors:?}");
    let selectors = parts(&clicked(&person, "#less").await);
    let text = "text/Less actions".to_owned();
    assert!(selectors.contains(&text), "{selectors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn selectors_are_of_several_kinds_and_firm() {
    let person = Person::on(
        "<main><h1>Shop</h1><button id=mui-106 class='css-1x2y3z buy' data-testid=buy title='Buy it'>Buy now</button>
         <a id=cart href='/cart'>Cart (3)</a><a href='/help'>Help</a></main>
         <div id=host></div><div id=other></div><script>
         for (const each of [host, other]) each.attachShadow({mode: 'open'}).innerHTML = '<p><i></i><i>x</i></p>';</script>",
    )
    .await;
    let buy = clicked(&person, "button").await;
    let selectors = parts(&buy);
    assert_eq!(
        selectors,
        [
            "[data-testid=\"buy\"]",
            "aria/Buy now[role=\"button\"]",
            "button[title=\"Buy it\"]",
            "text/Buy now",
            "button.buy"
        ]
    );
    assert_eq!(buy.fingerprint.role, "button");
    let cart = clicked(&person, "#cart").await;
    assert_eq!(
        parts(&cart),
        [
            "aria/[name*=\"Cart\"][role=\"link\"]",
            "#cart",
            "text/Cart (3)",
            "a[href=\"/cart\"]"
        ]
    );
    let deep = clicked(&person, "#other >>> i:last-child").await;
    assert_eq!(parts(&deep), ["#other >>> p > i:nth-of-type(2)"]);
    // Every selector is understood and finds it again.
    for element in [&buy, &cart, &deep] {
        let handle = element.handle;
        let found = person
            .ask(&format!("() => rehearsal.recheck({handle})"))
            .await;
        assert_eq!(found, json!(vec![true; parts(element).len()]));
    }
    person.run("() => { document.querySelector('button').dataset.testid = 'x'; document.querySelector('#cart').remove(); }").await;
    let found = person
        .ask(&format!("() => rehearsal.recheck({})", buy.handle))
        .await;
    assert_eq!(found[0], json!(false));
    assert_eq!(found[1], json!(true));
    let gone = person
        .ask(&format!("() => rehearsal.recheck({})", cart.handle))
        .await;
    assert_eq!(gone, json!(null));
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn like_items_are_told_with_what_finds_them_all() {
    let person = Person::on(
        "<nav><ul><li><a href='#1'>One</a><li><a href='#2'>Two</a><li><a href='#3'>Three</a></ul></nav>
         <ul class=products><li class=card><a href='/p/1'>River</a><button>Add</button>
         <li class=card><a href='/p/2'>Sea</a><button>Add</button>
         <li class=card><a href='/p/3'>Lake</a><button>Add</button></ul>
         <ul class=short><li><a href='#x'>X</a><li><a href='#y'>Y</a></ul>",
    )
    .await;
    let link = clicked(&person, ".products li:nth-child(2) a")
        .await
        .like
        .unwrap();
    assert_eq!(link.count, 3);
    let find = format!(
        "() => document.querySelectorAll('{}').length",
        link.selectors.0[0].chain[0]
    );
    assert_eq!(person.run(&find).await, json!(3));
    let add = clicked(&person, ".products li:nth-child(3) button").await;
    assert_eq!(add.like.as_ref().map(|like| like.count), Some(3));
    let row = "xpath///li[.//*[normalize-space()=\"Lake\"]]//button[normalize-space()=\"Add\"]";
    assert!(parts(&add).contains(&row.to_owned()), "{:?}", parts(&add));
    for alone in ["nav a", ".short a"] {
        assert_eq!(clicked(&person, alone).await.like, None, "{alone}");
    }
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_names_nothing() {
    let person = Person::on(
        "<input aria-label=Title><button id=save class=save>Save</button><p class=row><a href='#x' class=link></a></p>
         <label class=amount>Amount <input value=3> pieces</label>
         <script>save.onclick = () => { document.querySelector('a').textContent = document.querySelector('input').value; };</script>",
    )
    .await;
    person.click("input").await;
    person.type_text("My page").await;
    person.click("#save").await;
    let link = clicked(&person, "a").await;
    assert_eq!(parts(&link), ["a.link"]);
    let amount = clicked(&person, ".amount input").await;
    assert!(
        parts(&amount).iter().all(|part| !part.contains('3')),
        "{:?}",
        parts(&amount)
    );
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_may_ask() {
    let person = Person::on(
        "<p id=total>Total:  12\n euros</p><input type=password id=word value=secret><input type=checkbox id=box checked>
         <input id=name value=Ann><iframe title=Editor name=editor></iframe>",
    )
    .await;
    let read = async |selector: &str| {
        let parts = format!("() => rehearsal.readOf([[{{kind: 'css', value: '{selector}'}}]])");
        person.ask(&parts).await
    };
    let total = json!({"text": "Total: 12 euros", "value": null, "checked": null, "visible": true});
    assert_eq!(read("#total").await, total);
    assert_eq!(read("#word").await["value"], json!(null));
    assert_eq!(read("#box").await["checked"], json!(true));
    assert_eq!(read("#name").await["value"], json!("Ann"));
    assert_eq!(read("input").await, json!(null), "several");
    let frame = person
        .ask("() => rehearsal.frameSelectors(document.querySelector('iframe'))")
        .await;
    assert_eq!(frame[0], json!("iframe[name=\"editor\"]"));
    let element = person
        .ask("() => rehearsal.describe(document.querySelector('#total').firstChild)")
        .await;
    let element: Element = serde_json::from_value(element).unwrap();
    assert_eq!(parts(&element)[0], "#total");
    person.leave().await;
}
