//! A browser with a person in front of it.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

/// With what the browser comes back.
pub(crate) struct Back {
    pub(crate) code: String,
    pub(crate) state: String,
}

/// Goes to the provider, types a name into its form, agrees, and stops where it is sent back to us.
pub(crate) async fn sign_in(url: &str, name: &str) -> Back {
    let browser = Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .expect("a browser");
    let mut at: Url = url.parse().expect("an address");
    // A sign-in has two forms and some redirects between them.
    for _ in 0..20 {
        if at.host_str() == Some("hub.example") {
            return came_back(&at);
        }
        let mut answer = get(&browser, &at).await;
        if answer.status().is_success() {
            let page = answer.text().await.expect("a page");
            let form = [
                (
                    "prompt",
                    if page.contains("name=\"login\"") {
                        "login"
                    } else {
                        "consent"
                    },
                ),
                ("login", name),
                ("password", "any"),
            ];
            let sent = browser.post(action(&at, &page)).form(&form).send().await;
            answer = sent.expect("the provider answers");
        }
        at = location(&at, &answer);
    }
    panic!("the sign-in does not end: {at}");
}

async fn get(browser: &Client, url: &Url) -> Response {
    let answer = browser.get(url.clone()).send().await;
    answer.expect("the provider answers")
}

fn location(at: &Url, answer: &Response) -> Url {
    let to = answer.headers().get("location");
    let to = to.unwrap_or_else(|| panic!("{at} answered {}", answer.status()));
    at.join(to.to_str().expect("a text")).expect("an address")
}

fn action(at: &Url, page: &str) -> Url {
    let (_, rest) = page.split_once("action=\"").expect("a form");
    let (action, _) = rest.split_once('"').expect("a form");
    at.join(action).expect("an address")
}

fn came_back(url: &Url) -> Back {
    let value = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        let found = found.unwrap_or_else(|| panic!("no {name} in {url}"));
        found.1.into_owned()
    };
    Back {
        code: value("code"),
        state: value("state"),
    }
}

/// The address with another value of one parameter.
pub(crate) fn replaced(url: &str, name: &str, value: &str) -> String {
    let mut url: Url = url.parse().expect("an address");
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(key, old)| {
            let new = if key == name {
                value.to_owned()
            } else {
                old.into_owned()
            };
            (key.into_owned(), new)
        })
        .collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.into()
}
