//! Failures as Google's JSON services word them: <https://cloud.google.com/storage/docs/json_api/v1/status-codes>,
//! <https://cloud.google.com/apis/design/errors>.

use crate::doubles::reply::Reply;
use serde_json::json;

/// `{"error": {"code", "message", "errors": [{"message", "domain", "reason"}]}}`: storage and BigQuery.
pub fn of_service(code: u16, reason: &str, message: &str) -> Reply {
    let errors = json!([{"message": message, "domain": "global", "reason": reason}]);
    Reply::json(code, &json!({"error": {"code": code, "message": message, "errors": errors}}))
}

/// `{"error": {"code", "message", "status"}}`, where `status` names a code of gRPC: Pub/Sub.
pub fn of_api(code: u16, status: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"error": {"code": code, "message": message, "status": status}}))
}

/// What every service says to a token that it does not know.
pub fn unauthorized() -> Reply {
    let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
                   authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
    let errors = json!([{"message": "Invalid Credentials", "domain": "global", "reason": "authError", "location": "Authorization",
        "locationType": "header"}]);
    let error = json!({"code": 401, "message": message, "errors": errors, "status": "UNAUTHENTICATED"});
    Reply::json(401, &json!({"error": error}))
}
