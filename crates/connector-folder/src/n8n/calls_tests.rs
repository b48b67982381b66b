use super::*;

fn targets(parameters: &str) -> Vec<Target> {
    let text =
        format!(r#"{{"nodes":[{{"name":"N","parameters":{parameters}}}],"connections":{{}}}}"#);
    let workflow = parse(text.as_bytes()).expect("strict JSON");
    calls(&workflow)
        .into_iter()
        .map(|call| call.target)
        .collect()
}

fn id(id: &str) -> Target {
    Target::Id(id.to_owned())
}

#[test]
fn every_way_to_name_a_workflow_is_understood() {
    let expression = |text: &str| Target::Expression(text.to_owned());
    let elsewhere = |text: &str| Target::Elsewhere(text.to_owned());
    let cases = [
        (r#"{"workflowId":"1004"}"#, vec![id("1004")]),
        (r#"{"workflowId":1004}"#, vec![id("1004")]),
        (r#"{"workflowId":" "}"#, vec![]),
        (r#"{"workflowId":null}"#, vec![]),
        (
            r#"{"workflowId":{"__rl":true,"mode":"id","value":"aB-1"}}"#,
            vec![id("aB-1")],
        ),
        (
            r#"{"workflowId":{"__rl":true,"mode":"list","value":7}}"#,
            vec![id("7")],
        ),
        (
            r#"{"workflowId":{"__rl":true,"mode":"list","value":""}}"#,
            vec![],
        ),
        (r#"{"workflowId":{"__rl":true,"mode":"id"}}"#, vec![]),
        (
            r#"{"workflowId":{"__rl":true,"mode":"name","value":"Send mail"}}"#,
            vec![Target::Name("Send mail".to_owned())],
        ),
        (
            r#"{"workflowId":{"__rl":true,"mode":"url","value":"https://n8n.example.com/workflow/aB1?x=2"}}"#,
            vec![id("aB1")],
        ),
        (
            r#"{"workflowId":{"__rl":true,"mode":"url","value":"https://n8n.example.com/"}}"#,
            vec![elsewhere("https://n8n.example.com/")],
        ),
        (
            r#"{"workflowId":"={{ $workflow.id }}"}"#,
            vec![Target::Itself],
        ),
        (
            r#"{"workflowId":"={{$workflow.id}}"}"#,
            vec![Target::Itself],
        ),
        (
            r#"{"workflowId":{"__rl":true,"mode":"id","value":"={{ $workflow['id'] }}"}}"#,
            vec![Target::Itself],
        ),
        (r#"{"workflowId":"=1004"}"#, vec![id("1004")]),
        (r#"{"workflowId":"={{ 'a1' }}"}"#, vec![id("a1")]),
        (r#"{"workflowId":"={{ 142 }}"}"#, vec![id("142")]),
        (
            r#"{"workflowId":"={{ $json.id }}"}"#,
            vec![expression("={{ $json.id }}")],
        ),
        (
            r#"{"workflowId":"={{ 'a' + 'b' }}"}"#,
            vec![expression("={{ 'a' + 'b' }}")],
        ),
        (
            r#"{"workflowId":"=a{{ 1 }}"}"#,
            vec![expression("=a{{ 1 }}")],
        ),
        (
            r#"{"source":"localFile","workflowPath":"/data/w.json","workflowId":"9"}"#,
            vec![elsewhere("/data/w.json")],
        ),
        (
            r#"{"source":"url","workflowUrl":"https://example.com/w.json"}"#,
            vec![elsewhere("https://example.com/w.json")],
        ),
        (r#"{"source":"database","workflowId":"9"}"#, vec![id("9")]),
        (r#"{"source":"url","url":"https://example.com"}"#, vec![]),
        (r#"{"options":{"workflowId":"9"}}"#, vec![]),
    ];
    for (parameters, expected) in cases {
        assert_eq!(targets(parameters), expected, "{parameters}");
    }
}

#[test]
fn embedded_workflows_are_looked_into() {
    let inner = r#"{"nodes":[{"name":"Inner","parameters":{"workflowId":"5"}},{"parameters":{"workflowId":"={{ $workflow.id }}"}}],"connections":{}}"#;
    let as_text = to_text(inner);
    let expected = vec![id("5")];
    assert_eq!(
        targets(&format!(
            r#"{{"source":"parameter","workflowJson":{inner}}}"#
        )),
        expected
    );
    assert_eq!(
        targets(&format!(
            r#"{{"source":"parameter","workflowJson":{as_text}}}"#
        )),
        expected
    );
    assert_eq!(
        targets(r#"{"source":"parameter","workflowJson":"={{ $json }}","workflowId":"6"}"#),
        []
    );
}

fn to_text(json: &str) -> String {
    installhub_artifact::to_compact_string(&Json::from(json))
}

#[test]
fn the_error_workflow_is_a_call_unless_none_is_set() {
    for (setting, expected) in [
        ("null", vec![]),
        (r#""""#, vec![]),
        (r#""DEFAULT""#, vec![]),
        (r#""e1""#, vec![id("e1")]),
        ("12", vec![id("12")]),
    ] {
        let text = format!(
            r#"{{"nodes":[],"connections":{{}},"settings":{{"errorWorkflow":{setting}}}}}"#
        );
        let workflow = parse(text.as_bytes()).expect("strict JSON");
        let found = calls(&workflow);
        let found: Vec<Target> = found.into_iter().map(|call| call.target).collect();
        assert_eq!(found, expected, "{setting}");
    }
}

#[test]
fn calls_say_where_they_are_and_what_they_were_known_as() {
    let text = br#"{"nodes":[
        {"parameters":{"workflowId":{"value":"1","cachedResultName":"Mail"}}},
        {"name":"B","parameters":{"workflowId":{"value":"2","cachedResultName":"={{ $workflow.id }}"}}}
    ]}"#;
    let found = calls(&parse(text).expect("strict JSON"));
    assert_eq!(found[0].place, "node 0");
    assert_eq!(found[0].known_as.as_deref(), Some("Mail"));
    assert_eq!(found[1].place, "node 'B'");
    assert_eq!(found[1].known_as, None);
}
