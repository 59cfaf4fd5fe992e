//! Schemas whose references the database does not know: the names say where they lead.

use mysql_async::prelude::Queryable;
use rehearsal::seed::{self, Plan};

use super::mysql::{database, one};
use super::{Shop, fill, small};
use crate::support::mysql::Mariadb;

/// As `rails generate scaffold` and a Laravel migration write tables, without constraints.
const BLOG: &str = "
CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, name varchar NOT NULL, email varchar NOT NULL UNIQUE, email_verified_at datetime,
    password varchar NOT NULL, remember_token varchar(100), created_at datetime, updated_at datetime);
CREATE TABLE posts (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, user_id integer NOT NULL, editor_id integer,
    title varchar, body text, subject_type varchar, subject_id integer, created_at datetime NOT NULL, updated_at datetime NOT NULL);
CREATE TABLE comments (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, post_id integer NOT NULL, user_id integer NOT NULL,
    parent_id integer, body text, created_at datetime NOT NULL, updated_at datetime NOT NULL);
CREATE TABLE categories (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, name varchar NOT NULL);
CREATE TABLE categories_posts (category_id integer NOT NULL, post_id integer NOT NULL);";

#[tokio::test]
async fn references_that_only_names_tell_lead_to_rows() {
    let blog = Shop::new(BLOG);
    let text = seed::plan_for(&blog.database()).await.unwrap();
    assert!(text.contains("scheme = \"php-bcrypt\""), "{text}");
    let quick = text.replace("cost = 12 }", "cost = 4, pool = 2 }");
    let plan = Plan::parse(&quick, "blog.toml").unwrap();
    fill(&plan, &blog.database(), &small()).await.unwrap();
    let database = blog.open();
    let count = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    for (table, column, to) in [
        ("posts", "user_id", "users"),
        ("posts", "editor_id", "users"),
        ("comments", "post_id", "posts"),
        ("comments", "user_id", "users"),
        ("comments", "parent_id", "comments"),
        ("categories_posts", "category_id", "categories"),
        ("categories_posts", "post_id", "posts"),
    ] {
        let lead = count(&format!(
            "SELECT count(*) FROM {table} WHERE {column} IS NOT NULL"
        ));
        let arrive = count(&format!(
            "SELECT count(*) FROM {table} JOIN {to} other ON other.id = {table}.{column}"
        ));
        assert!(
            lead > 10 && lead == arrive,
            "{table}.{column}: {arrive} of {lead}"
        );
    }
    // An answer is to a comment on the same post, and people comment on what is not theirs.
    let pairs = "FROM comments JOIN comments above ON above.id = comments.parent_id";
    assert_eq!(
        count(&format!(
            "SELECT count(*) {pairs} WHERE above.post_id <> comments.post_id"
        )),
        0
    );
    let others = "SELECT count(*) FROM comments JOIN posts ON posts.id = comments.post_id
                   WHERE posts.user_id <> comments.user_id";
    assert!(count(others) > 10);
    // Moments that every row has, though they may be null, and in their order.
    let odd = "SELECT count(*) FROM users WHERE created_at IS NULL OR updated_at IS NULL OR email_verified_at IS NULL
                  OR updated_at < created_at";
    assert_eq!(count(odd), 0);
    // A row of any table may be meant.
    assert_eq!(
        count("SELECT count(*) FROM posts WHERE subject_id IS NOT NULL"),
        0
    );
}

/// The tables of a `WordPress` that was just installed, as far as people fill them.
const PRESS: &str = "
CREATE TABLE wp_users (ID bigint(20) unsigned NOT NULL auto_increment PRIMARY KEY, user_login varchar(60) NOT NULL default '',
    user_pass varchar(255) NOT NULL default '', user_nicename varchar(50) NOT NULL default '',
    user_email varchar(100) NOT NULL default '', user_registered datetime NOT NULL default '0000-00-00 00:00:00',
    user_status int(11) NOT NULL default '0', display_name varchar(250) NOT NULL default '', KEY login (user_login));
CREATE TABLE wp_posts (ID bigint(20) unsigned NOT NULL auto_increment PRIMARY KEY,
    post_author bigint(20) unsigned NOT NULL default '0', post_date datetime NOT NULL default '0000-00-00 00:00:00',
    post_content longtext NOT NULL, post_title text NOT NULL, post_status varchar(20) NOT NULL default 'publish',
    post_password varchar(255) NOT NULL default '', post_name varchar(200) NOT NULL default '',
    post_type varchar(20) NOT NULL default 'post', KEY (post_name(191)), KEY (post_author));
CREATE TABLE wp_comments (comment_ID bigint(20) unsigned NOT NULL auto_increment PRIMARY KEY,
    comment_post_ID bigint(20) unsigned NOT NULL default '0', comment_author tinytext NOT NULL,
    comment_author_email varchar(100) NOT NULL default '', comment_date datetime NOT NULL default '0000-00-00 00:00:00',
    comment_content text NOT NULL, comment_approved varchar(20) NOT NULL default '1',
    user_id bigint(20) unsigned NOT NULL default '0');
CREATE TABLE wp_options (option_id bigint(20) unsigned NOT NULL auto_increment PRIMARY KEY,
    option_name varchar(191) NOT NULL UNIQUE, option_value longtext NOT NULL);
INSERT INTO wp_users (user_login, user_pass) VALUES ('admin', '$P$BVbptZxEcZV2yeLyYeN.O4ZeG8225d.');
INSERT INTO wp_posts (post_author, post_content, post_title) VALUES (1, 'Welcome', 'Hello world!');
INSERT INTO wp_options (option_name, option_value) VALUES ('siteurl', 'http://localhost');";

#[tokio::test(flavor = "multi_thread")]
async fn an_application_without_constraints_is_filled_beside_its_first_rows() {
    let server = Mariadb::start().await;
    let url = database(&server.database("press", PRESS).await);
    let text = seed::plan_for(&url).await.unwrap();
    let quick = text.replace("cost = 10 }", "cost = 4, pool = 2 }");
    assert_ne!(text, quick, "{text}");
    let plan = Plan::parse(&quick, "press.toml").unwrap();
    fill(&plan, &url, &small()).await.unwrap();
    let mut client = server.client("press").await;
    let rows = "SELECT (SELECT count(*) FROM wp_users), (SELECT count(*) FROM wp_posts), (SELECT count(*) FROM wp_comments),
                       (SELECT count(*) FROM wp_options)";
    let (users, posts, comments, options): (u64, u64, u64, u64) = one(&mut client, rows).await;
    assert!(
        users == 51 && posts > 50 && comments > 50 && options == 1,
        "{rows}"
    );
    let lost = "SELECT (SELECT count(*) FROM wp_posts LEFT JOIN wp_users u ON u.ID = post_author WHERE u.ID IS NULL)
                     + (SELECT count(*) FROM wp_comments LEFT JOIN wp_posts p ON p.ID = comment_post_ID WHERE p.ID IS NULL)
                     + (SELECT count(*) FROM wp_comments LEFT JOIN wp_users u ON u.ID = user_id WHERE u.ID IS NULL)";
    assert_eq!(one::<i64>(&mut client, lost).await, 0);
    // What is read by everybody: published, approved, asking for no password.
    let hidden = "SELECT (SELECT count(*) FROM wp_posts WHERE post_status <> 'publish' OR post_password <> '')
                       + (SELECT count(*) FROM wp_comments WHERE comment_approved <> '1')";
    assert_eq!(one::<i64>(&mut client, hidden).await, 0);
    // The first user is as before, the others log in.
    let hashes: Vec<String> = client
        .query("SELECT user_pass FROM wp_users ORDER BY ID")
        .await
        .unwrap();
    assert!(hashes[0].starts_with("$P$"));
    assert!(hashes[1..].iter().all(|hash| hash.starts_with("$2y$")));
}
