//! Two configurations of an image become one (docker's `merge` in daemon/commit.go). Pure.

use serde_json::{Map, Value};

/// `given`, and what it leaves empty as the container has it.
pub fn merge(mut given: Map<String, Value>, container: &Map<String, Value>) -> Map<String, Value> {
    entrypoint(&mut given, container);
    environment(&mut given, container);
    for key in ["ExposedPorts", "Labels", "Volumes", "Healthcheck"] {
        members(&mut given, container, key);
    }
    for key in ["User", "WorkingDir", "StopSignal", "Shell"] {
        if is_empty(given.get(key)) {
            take(&mut given, container, key);
        }
    }
    given.retain(|_, value| !is_empty(Some(value)));
    given
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}

fn take(given: &mut Map<String, Value>, container: &Map<String, Value>, key: &str) {
    given.extend(container.get(key).map(|value| (key.to_string(), value.clone())));
}

/// The command goes with the entry point that it was written for. An empty entry point is one that was taken away.
fn entrypoint(given: &mut Map<String, Value>, container: &Map<String, Value>) {
    if !is_empty(given.get("Entrypoint")) {
        return;
    }
    if is_empty(given.get("Cmd")) {
        take(given, container, "Cmd");
    }
    if given.get("Entrypoint").is_none_or(Value::is_null) {
        take(given, container, "Entrypoint");
    }
}

/// The given variables, then those of the container that were not given.
fn environment(given: &mut Map<String, Value>, container: &Map<String, Value>) {
    let list =
        |map: &Map<String, Value>| map.get("Env").and_then(Value::as_array).cloned().unwrap_or_default();
    let name = |entry: &Value| entry.as_str().and_then(|e| e.split('=').next()).map(String::from);
    let mut all = list(given);
    let known: Vec<_> = all.iter().map(name).collect();
    all.extend(list(container).into_iter().filter(|entry| !known.contains(&name(entry))));
    given.insert("Env".into(), all.into());
}

/// The same for members. A number that is 0 was not given.
fn members(given: &mut Map<String, Value>, container: &Map<String, Value>, key: &str) {
    let Some(Value::Object(theirs)) = container.get(key) else { return };
    match given.get_mut(key) {
        Some(Value::Object(ours)) => {
            for (name, value) in theirs {
                let missing = ours
                    .get(name)
                    .is_none_or(|v| v.is_null() || v.as_u64() == Some(0) || *v == Value::Array(vec![]));
                if missing {
                    ours.insert(name.clone(), value.clone());
                }
            }
        }
        _ => take(given, container, key),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(given: Value, container: Value) -> Value {
        let (Value::Object(given), Value::Object(container)) = (given, container) else { panic!() };
        merge(given, &container).into()
    }

    #[test]
    fn what_was_given_is_on_top() {
        let container = json!({
            "User": "1", "Env": ["A=1", "B=2"], "Cmd": ["c"], "Entrypoint": ["e"], "Labels": {"a": "1", "b": "2"},
            "Healthcheck": {"Test": ["CMD", "x"], "Interval": 5}, "ExposedPorts": {"1/tcp": {}}, "WorkingDir": "/w",
        });
        assert_eq!(merged(json!({}), container.clone()), container);
        assert_eq!(
            merged(
                json!({"Env": ["B=3"], "Labels": {"a": "9"}, "Healthcheck": {"Interval": 0, "Retries": 2}, "ExposedPorts": {"2/udp": {}}, "User": "2"}),
                container.clone()
            ),
            json!({
                "User": "2", "Env": ["B=3", "A=1"], "Cmd": ["c"], "Entrypoint": ["e"], "Labels": {"a": "9", "b": "2"},
                "Healthcheck": {"Test": ["CMD", "x"], "Interval": 5, "Retries": 2}, "ExposedPorts": {"1/tcp": {}, "2/udp": {}},
                "WorkingDir": "/w",
            })
        );
    }

    #[test]
    fn commands_go_with_their_entry_points() {
        let container = json!({"Cmd": ["c"], "Entrypoint": ["e"]});
        assert_eq!(merged(json!({"Entrypoint": ["x"]}), container.clone()), json!({"Entrypoint": ["x"]}));
        assert_eq!(
            merged(json!({"Cmd": ["x"]}), container.clone()),
            json!({"Cmd": ["x"], "Entrypoint": ["e"]})
        );
        assert_eq!(merged(json!({"Entrypoint": []}), container), json!({"Cmd": ["c"]}));
    }
}
