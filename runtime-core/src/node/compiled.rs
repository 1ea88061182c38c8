//! Scripts as bytecode. Our own sources are compiled once a process, as compiling costs several times what loading does, and
//! every isolate evaluates the same ones; the units of the imports bundle were compiled when it was built.
//!
//! Bytecode is trusted native code (ARCHITECTURE: apps ship as source): what is read here was written by this process, or is
//! the bundle's, whose hash is compiled in.

use crate::imports::bundle::{Code, Unit};
use rquickjs::{Ctx, Error, Result, Value, qjs};
use std::collections::HashMap;
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytecode by the name of its source.
type Compiled = HashMap<&'static str, Arc<[u8]>>;

static COMPILED: Mutex<Option<Compiled>> = Mutex::new(None);

/// A script to compile.
pub(crate) struct Script<'a> {
    file_name: String,
    text: &'a str,
    evaluation: u32,
    strip: u32,
}

impl<'a> Script<'a> {
    /// Strict code of ours, named `hedgerow:NAME` in stack traces.
    fn strict(name: &str, text: &'a str) -> Self {
        Self {
            file_name: format!("hedgerow:{name}"),
            text,
            evaluation: qjs::JS_EVAL_FLAG_STRICT,
            strip: qjs::JS_WRITE_OBJ_STRIP_SOURCE,
        }
    }

    /// Code of a package, for which to be strict would be a change.
    pub(crate) fn sloppy(name: &str, text: &'a str) -> Self {
        Self { file_name: format!("hedgerow:{name}"), text, evaluation: 0, strip: qjs::JS_WRITE_OBJ_STRIP_SOURCE }
    }
}

/// Evaluates the source `text` as a strict script named `hedgerow:NAME` in stack traces, and gives its value.
pub(crate) fn evaluate<'js>(ctx: &Ctx<'js>, name: &'static str, text: &'static str) -> Result<Value<'js>> {
    let known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|all| all.get(name).cloned());
    let bytecode = match known {
        Some(bytecode) => bytecode,
        None => {
            let bytecode = compile(ctx, &Script::strict(name, text))?;
            let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
            all.get_or_insert_default().insert(name, bytecode.clone());
            bytecode
        }
    };
    // SAFETY: `compile` wrote it in this process.
    unsafe { run(ctx, &bytecode) }
}

/// The function that a unit of the bundle is.
pub(crate) fn evaluate_unit<'js>(ctx: &Ctx<'js>, unit: &Unit) -> Result<Value<'js>> {
    match &unit.code {
        // SAFETY: the bundle has compared the bytes with the hash of what this engine's version wrote.
        Code::Bytecode(bytecode) => unsafe { run(ctx, bytecode) },
        Code::Source { name, text } => {
            let function = function_of(ctx, &Script::sloppy(name, text))?;
            // SAFETY: a compiled script; the call takes over a reference to it, which is counted before.
            unsafe {
                let context = ctx.as_raw().as_ptr();
                owned(ctx, qjs::JS_EvalFunction(context, qjs::JS_DupValue(context, function.as_raw())))
            }
        }
    }
}

/// The bytecode of a script.
pub(crate) fn compile(ctx: &Ctx<'_>, script: &Script<'_>) -> Result<Arc<[u8]>> {
    let function = function_of(ctx, script)?;
    let context = ctx.as_raw().as_ptr();
    let mut length = 0;
    let write_flags = qjs::JS_WRITE_OBJ_BYTECODE | script.strip;
    // SAFETY: `function` is compiled code; the engine allocates the bytes and says how many there are.
    let bytes = unsafe { qjs::JS_WriteObject(context, &raw mut length, function.as_raw(), write_flags as _) };
    if bytes.is_null() {
        return Err(Error::Exception);
    }
    // SAFETY: not null, so there are `length` bytes, ours until they are freed below.
    let bytecode = unsafe { std::slice::from_raw_parts(bytes, length as usize) }.into();
    // SAFETY: allocated by the engine for this context, not used after this.
    unsafe { qjs::js_free(context, bytes.cast()) };
    Ok(bytecode)
}

/// The compiled script, not evaluated.
fn function_of<'js>(ctx: &Ctx<'js>, script: &Script<'_>) -> Result<Value<'js>> {
    let source = CString::new(script.text)?;
    let file_name = CString::new(script.file_name.as_str())?;
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | script.evaluation | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let length = script.text.len();
    let context = ctx.as_raw().as_ptr();
    // SAFETY: both strings end in zero and outlive the call; what it returns is owned by the result.
    unsafe { owned(ctx, qjs::JS_Eval(context, source.as_ptr(), length as _, file_name.as_ptr(), flags as _)) }
}

/// # Safety
///
/// The bytes must be what [`compile`] of this version of the engine gave.
unsafe fn run<'js>(ctx: &Ctx<'js>, bytecode: &[u8]) -> Result<Value<'js>> {
    let context = ctx.as_raw().as_ptr();
    // SAFETY: the bytes are valid for this engine, as the caller promises; JS_EvalFunction takes over the function that it is
    // given, and what it returns is owned by the result.
    unsafe {
        let function =
            qjs::JS_ReadObject(context, bytecode.as_ptr(), bytecode.len() as _, qjs::JS_READ_OBJ_BYTECODE as _);
        if qjs::JS_IsException(function) {
            return Err(Error::Exception);
        }
        owned(ctx, qjs::JS_EvalFunction(context, function))
    }
}

/// # Safety
///
/// `value` must come from an engine call on this context whose result the caller owns.
unsafe fn owned<'js>(ctx: &Ctx<'js>, value: qjs::JSValue) -> Result<Value<'js>> {
    // SAFETY: as the caller promises.
    unsafe {
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), value))
    }
}
