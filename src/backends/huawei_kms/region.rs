//! Where the key management of a region is: what the user says, else where Huawei has it (keys §9).

use std::path::PathBuf;

use crate::backends::SystemHost;
use crate::backends::age::io_error;
use crate::keys::quote::quote;

/// The regions that sops knows, sorted.
const REGIONS: [&str; 32] = [
    "ae-ad-1",
    "af-north-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-east-5",
    "cn-north-1",
    "cn-north-11",
    "cn-north-12",
    "cn-north-2",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-south-2",
    "cn-south-4",
    "cn-southwest-2",
    "cn-southwest-3",
    "eu-west-101",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "na-mexico-1",
    "ru-moscow-1",
    "sa-brazil-1",
    "tr-west-1",
];

/// The endpoints of a region's key management, without a final slash; the second and further ones
/// are for when those before are out of reach.
///
/// # Errors
///
/// If nobody knows the region, or the file of regions cannot be read.
pub(super) fn endpoints(region: &str, machine: &SystemHost) -> Result<Vec<String>, String> {
    let variable = format!("HUAWEICLOUD_SDK_REGION_KMS_{}", region.to_uppercase().replace('-', "_"));
    if let Some(list) = text(machine, &variable) {
        return Ok(list.split(',').map(endpoint).collect());
    }
    if let Some(found) = of_file(region, machine)? {
        return Ok(found.iter().map(|text| endpoint(text)).collect());
    }
    if !REGIONS.contains(&region) {
        return Err(format!(
            "invalid region {}: region id '{region}' is not in the following supported regions of service 'KMS': [{}]",
            quote(region),
            REGIONS.join(", ")
        ));
    }
    let domain = if region == "eu-west-101" { "eu" } else { "com" };
    Ok(vec![format!("https://kms.{region}.myhuaweicloud.{domain}")])
}

/// A variable that is set and not empty.
pub(super) fn text(machine: &SystemHost, name: &str) -> Option<String> {
    let value = machine.get(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

/// A file that a variable names, or one in `~/.huaweicloud`.
pub(super) fn file(machine: &SystemHost, variable: &str, name: &str) -> Option<PathBuf> {
    let named = text(machine, variable).map(PathBuf::from);
    named.or_else(|| Some(PathBuf::from(text(machine, "HOME")?).join(".huaweicloud").join(name)))
}

fn endpoint(text: &str) -> String {
    let text = text.trim().trim_end_matches('/');
    if text.starts_with("http") { text.to_owned() } else { format!("https://{text}") }
}

/// What the user's file of regions says.
fn of_file(region: &str, machine: &SystemHost) -> Result<Option<Vec<String>>, String> {
    let Some(path) = file(machine, "HUAWEICLOUD_SDK_REGIONS_FILE", "regions.yaml") else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(find(&text, region)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("failed to read file of regions: {}", io_error("open", &path, &error))),
    }
}

/// Looks a region up in a file of this shape, the one that Huawei documents:
///
/// ```yaml
/// KMS:
///   - id: tr-west-1
///     endpoint: https://kms.example.com
///     endpoints: [https://kms2.example.com]   # or one item a line
/// ```
///
/// It is read line by line; anchors, block scalars and flow mappings are not understood.
fn find(text: &str, region: &str) -> Option<Vec<String>> {
    let (mut in_service, mut in_region, mut in_list) = (false, false, false);
    let mut found = Vec::new();
    let mut pending = Vec::new();
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim_end();
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') || content == "---" {
            continue;
        }
        if content.len() == line.len() && !content.starts_with('-') {
            // A later entry of a region takes the place of an earlier one.
            finish(&mut in_region, &mut pending, &mut found);
            in_service = unquoted(content.trim_end_matches(':')).eq_ignore_ascii_case("kms");
            continue;
        }
        if !in_service {
            continue;
        }
        let item = content.strip_prefix("- ").map(str::trim_start);
        let entry =
            item.unwrap_or(content).split_once(": ").or_else(|| item.unwrap_or(content).split_once(":"));
        let (key, value) = match entry {
            Some((key, value)) if is_field(key) => (key.trim(), value.trim()),
            _ if in_list => {
                pending.extend(item.map(unquoted));
                continue;
            }
            _ => continue,
        };
        if item.is_some() {
            finish(&mut in_region, &mut pending, &mut found);
        }
        in_list = key == "endpoints" && value.is_empty();
        match key {
            "id" => in_region = unquoted(value) == region,
            "endpoint" => pending.insert(0, unquoted(value)),
            _ => {
                let list = value.trim_matches(['[', ']']).split(',').map(unquoted);
                pending.extend(list.filter(|text| !text.is_empty()));
            }
        }
    }
    finish(&mut in_region, &mut pending, &mut found);
    Some(found).filter(|found| !found.is_empty())
}

fn is_field(key: &str) -> bool {
    matches!(key.trim(), "id" | "endpoint" | "endpoints")
}

/// An entry ends; it counts if it is the wanted one and names something.
fn finish(wanted: &mut bool, pending: &mut Vec<String>, found: &mut Vec<String>) {
    let entry: Vec<_> = std::mem::take(pending).into_iter().filter(|text| !text.is_empty()).collect();
    if std::mem::take(wanted) && !entry.is_empty() {
        *found = entry;
    }
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(variables: &[(&str, &str)]) -> SystemHost {
        SystemHost::new(variables.iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    #[test]
    fn known_regions_have_an_endpoint() {
        let check =
            |region, expected: &str| assert_eq!(endpoints(region, &machine(&[])).unwrap(), [expected]);
        check("tr-west-1", "https://kms.tr-west-1.myhuaweicloud.com");
        check("eu-west-101", "https://kms.eu-west-101.myhuaweicloud.eu");
        let error = endpoints("x", &machine(&[])).unwrap_err();
        let start = "invalid region \"x\": region id 'x' is not in the following supported regions of service 'KMS': [ae-ad-1, af-north-1, ";
        assert!(error.starts_with(start) && error.ends_with(", tr-west-1]"), "{error}");
    }

    #[test]
    fn the_variable_comes_first() {
        let machine = machine(&[("HUAWEICLOUD_SDK_REGION_KMS_TR_WEST_1", "http://a:1/,b.example")]);
        assert_eq!(endpoints("tr-west-1", &machine).unwrap(), ["http://a:1", "https://b.example"]);
    }

    #[test]
    fn files_of_regions() {
        let text = "# ours\nECS:\n  - id: x\n    endpoint: https://ecs\nkms:\n- id: 'y'\n  endpoints:\n  - https://1\n  - https://2\n- endpoints: [https://4, \"https://5\"]\n  id: x # here\n  endpoint: https://3\n- id: none\nIAM:\n  - id: y\n    endpoint: https://iam\n";
        let check = |region, expected: Option<&[&str]>| {
            let found = find(text, region);
            assert_eq!(found, expected.map(|list| list.iter().map(|text| (*text).to_owned()).collect()));
        };
        check("x", Some(&["https://3", "https://4", "https://5"]));
        check("y", Some(&["https://1", "https://2"]));
        check("none", None);
        check("z", None);
    }
}
