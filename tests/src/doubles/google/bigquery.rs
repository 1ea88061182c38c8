//! BigQuery: <https://cloud.google.com/bigquery/docs/reference/rest>. Failures as in
//! <https://cloud.google.com/bigquery/docs/error-messages>.

use super::failure::of_service;
use super::queries::{self, Query};
use super::tables::Table;
use super::{PROJECT, Service};
use crate::doubles::reply::Reply;
use crate::doubles::seen::Seen;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Scopes that open it.
pub const SCOPES: &[&str] =
    &["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/bigquery"];

const TIME_MILLISECONDS: &str = "1672531200000";

/// Its datasets, and the results of its jobs.
#[derive(Default)]
pub struct BigQuery {
    datasets: BTreeMap<String, BTreeMap<String, Table>>,
    jobs: BTreeMap<String, Job>,
}

struct Job {
    configuration: Value,
    /// Schema and rows, or why it failed: reason and message.
    results: Result<(Value, Vec<Value>), (&'static str, String)>,
}

impl Service for BigQuery {
    fn answer(&mut self, request: &Seen) -> Result<Reply, String> {
        let segments = request.segments();
        let ["bigquery", "v2", "projects", project, path @ ..] =
            &segments.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            return Err("BigQuery has no such path".into());
        };
        if *project != PROJECT {
            return Err(format!("the project is {project}"));
        }
        match (&request.method, path) {
            (_, ["datasets"]) => self.of_datasets(request),
            (_, ["datasets", dataset]) => self.of_dataset(request, dataset),
            (_, ["datasets", dataset, "tables"]) => self.of_tables(request, dataset),
            (_, ["datasets", dataset, "tables", table]) => self.of_table(request, dataset, table),
            (&Method::POST, ["datasets", dataset, "tables", table, "insertAll"]) => match self.table(dataset, table) {
                Some(table) => table.insert_all(&request.json()),
                None => Ok(no_table(dataset, table)),
            },
            (&Method::GET, ["datasets", dataset, "tables", table, "data"]) => {
                let Some(found) = self.table(dataset, table) else { return Ok(no_table(dataset, table)) };
                let rows = found.results();
                Ok(Reply::json(
                    200,
                    &json!({"kind": "bigquery#tableDataList", "totalRows": rows.len().to_string(), "rows": rows}),
                ))
            }
            (&Method::POST, ["jobs"]) => self.start_job(&request.json()),
            (&Method::GET, ["jobs", id]) => {
                Ok(self.jobs.get(*id).map_or_else(|| no_job(id), |job| Reply::json(200, &job.resource(id))))
            }
            (&Method::GET, ["queries", id]) => {
                Ok(self.jobs.get(*id).map_or_else(|| no_job(id), |job| job.page(id, request)))
            }
            (&Method::POST, ["queries"]) => self.query(request),
            (method, path) => Err(format!("BigQuery has no {method} of {path:?}")),
        }
    }
}

impl BigQuery {
    fn table(&mut self, dataset: &str, table: &str) -> Option<&mut Table> {
        self.datasets.get_mut(dataset)?.get_mut(table)
    }

    fn of_datasets(&mut self, request: &Seen) -> Result<Reply, String> {
        match request.method {
            Method::GET => {
                let datasets: Vec<_> = self.datasets.keys().map(|name| dataset_resource(name)).collect();
                Ok(Reply::json(200, &json!({"kind": "bigquery#datasetList", "datasets": datasets})))
            }
            Method::POST => {
                let body = request.json();
                let name = body["datasetReference"]["datasetId"].as_str().ok_or("a dataset has a datasetReference")?;
                if self.datasets.contains_key(name) {
                    return Ok(of_service(409, "duplicate", &format!("Already Exists: Dataset {PROJECT}:{name}")));
                }
                self.datasets.insert(name.into(), BTreeMap::new());
                Ok(Reply::json(200, &dataset_resource(name)))
            }
            _ => Err("datasets know no such method".into()),
        }
    }

    fn of_dataset(&mut self, request: &Seen, dataset: &str) -> Result<Reply, String> {
        let Some(tables) = self.datasets.get(dataset) else { return Ok(no_dataset(dataset)) };
        match request.method {
            Method::GET => Ok(Reply::json(200, &dataset_resource(dataset))),
            Method::DELETE if !tables.is_empty() && request.query("deleteContents") != Some("true") => {
                Ok(of_service(400, "resourceInUse", &format!("Dataset {PROJECT}:{dataset} is still in use")))
            }
            Method::DELETE => {
                self.datasets.remove(dataset);
                Ok(Reply::empty(204))
            }
            _ => Err("a dataset knows no such method".into()),
        }
    }

    fn of_tables(&mut self, request: &Seen, dataset: &str) -> Result<Reply, String> {
        let Some(tables) = self.datasets.get_mut(dataset) else { return Ok(no_dataset(dataset)) };
        if request.method == Method::GET {
            let listed: Vec<_> = tables.values().map(|table| table.resource.clone()).collect();
            let body = json!({"kind": "bigquery#tableList", "totalItems": listed.len(), "tables": listed});
            return Ok(Reply::json(200, &body));
        }
        let mut resource = request.json();
        let name = resource["tableReference"]["tableId"].as_str().ok_or("a table has a tableReference")?.to_owned();
        if resource["tableReference"]["datasetId"] != dataset {
            return Err("the tableReference names another dataset".into());
        }
        if tables.contains_key(&name) {
            return Ok(of_service(409, "duplicate", &format!("Already Exists: Table {PROJECT}:{dataset}.{name}")));
        }
        for (key, value) in [
            ("kind", json!("bigquery#table")),
            ("id", json!(format!("{PROJECT}:{dataset}.{name}"))),
            ("etag", json!("etag")),
            ("type", json!("TABLE")),
            ("location", json!("US")),
            ("creationTime", json!(TIME_MILLISECONDS)),
        ] {
            resource[key] = value;
        }
        let reply = Reply::json(200, &resource);
        tables.insert(name, Table::new(resource));
        Ok(reply)
    }

    fn of_table(&mut self, request: &Seen, dataset: &str, name: &str) -> Result<Reply, String> {
        let Some(table) = self.table(dataset, name) else { return Ok(no_table(dataset, name)) };
        match request.method {
            Method::GET => Ok(Reply::json(200, &table.resource)),
            Method::PATCH => match table.patch(&request.json()) {
                Ok(()) => Ok(Reply::json(200, &table.resource)),
                Err(message) => Ok(of_service(400, "invalid", &message)),
            },
            Method::DELETE => {
                self.datasets.get_mut(dataset).and_then(|tables| tables.remove(name));
                Ok(Reply::empty(204))
            }
            _ => Err("a table knows no such method".into()),
        }
    }

    fn start_job(&mut self, job: &Value) -> Result<Reply, String> {
        let query = &job["configuration"]["query"];
        let id = job["jobReference"]["jobId"].as_str().ok_or("a job has a jobReference")?.to_owned();
        if self.jobs.contains_key(&id) {
            return Ok(of_service(409, "duplicate", &format!("Already Exists: Job {PROJECT}:US.{id}")));
        }
        if query["useLegacySql"] != false {
            return Err("a query that does not say `useLegacySql: false` is of the old dialect".into());
        }
        let results = self.run(query);
        let job = Job { configuration: job["configuration"].clone(), results };
        // What cannot even be read is refused; what fails later is found in the job.
        let reply = match &job.results {
            Err((reason @ "invalidQuery", message)) => of_service(400, reason, message),
            _ => Reply::json(200, &job.resource(&id)),
        };
        self.jobs.insert(id, job);
        Ok(reply)
    }

    /// `jobs.query`: a job and its first page in one.
    fn query(&mut self, request: &Seen) -> Result<Reply, String> {
        let query = request.json();
        if query["useLegacySql"] != false {
            return Err("a query that does not say `useLegacySql: false` is of the old dialect".into());
        }
        let id = format!("job-{}", self.jobs.len() + 1);
        let job = Job { configuration: json!({"query": query}), results: self.run(&query) };
        let reply = job.page(&id, request);
        self.jobs.insert(id, job);
        Ok(reply)
    }

    fn run(&mut self, query: &Value) -> Result<(Value, Vec<Value>), (&'static str, String)> {
        let sql = query["query"].as_str().unwrap_or_default();
        match Query::parse(sql).map_err(|message| ("invalidQuery", message))? {
            Query::Table { dataset, table: name } => {
                let table = self.table(&dataset, &name).ok_or_else(|| {
                    ("notFound", format!("Not found: Table {PROJECT}:{dataset}.{name} was not found in location US"))
                })?;
                Ok((table.resource["schema"].clone(), table.results()))
            }
            Query::Parameters(wanted) => queries::of_parameters(&wanted, &query["queryParameters"])
                .ok_or_else(|| ("invalidQuery", "Query parameter not found".to_owned())),
        }
    }
}

impl Job {
    fn resource(&self, id: &str) -> Value {
        let mut status = json!({"state": "DONE"});
        if let Err((reason, message)) = &self.results {
            let error = json!({"reason": reason, "message": message});
            status["errorResult"] = error.clone();
            status["errors"] = json!([error]);
        }
        json!({
            "kind": "bigquery#job",
            "id": format!("{PROJECT}:US.{id}"),
            "etag": "etag",
            "jobReference": {"projectId": PROJECT, "jobId": id, "location": "US"},
            "configuration": self.configuration,
            "status": status,
            "statistics": {"creationTime": TIME_MILLISECONDS},
        })
    }

    /// `jobs.getQueryResults`: `maxResults` rows from `pageToken` (a number of rows) on.
    fn page(&self, id: &str, request: &Seen) -> Reply {
        let (schema, rows) = match &self.results {
            Ok(results) => results,
            Err((reason, message)) => {
                return of_service(if *reason == "notFound" { 404 } else { 400 }, reason, message);
            }
        };
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let first = number("pageToken").unwrap_or(0).min(rows.len());
        let last = number("maxResults").map_or(rows.len(), |most| (first + most).min(rows.len()));
        let mut body = json!({
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": {"projectId": PROJECT, "jobId": id, "location": "US"},
            "schema": schema,
            "totalRows": rows.len().to_string(),
            "rows": rows[first..last],
            "jobComplete": true,
            "cacheHit": false,
        });
        if last < rows.len() {
            body["pageToken"] = last.to_string().into();
        }
        Reply::json(200, &body)
    }
}

fn dataset_resource(name: &str) -> Value {
    json!({
        "kind": "bigquery#dataset",
        "id": format!("{PROJECT}:{name}"),
        "etag": "etag",
        "datasetReference": {"projectId": PROJECT, "datasetId": name},
        "location": "US",
        "creationTime": TIME_MILLISECONDS,
        "lastModifiedTime": TIME_MILLISECONDS,
    })
}

fn no_dataset(name: &str) -> Reply {
    of_service(404, "notFound", &format!("Not found: Dataset {PROJECT}:{name}"))
}

fn no_table(dataset: &str, name: &str) -> Reply {
    of_service(404, "notFound", &format!("Not found: Table {PROJECT}:{dataset}.{name}"))
}

fn no_job(id: &str) -> Reply {
    of_service(404, "notFound", &format!("Not found: Job {PROJECT}:{id}"))
}
