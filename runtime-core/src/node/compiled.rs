//! Our sources as bytecode: compiled once a process, as compiling costs several times what loading does, and every isolate
//! evaluates the same ones.
//!
//! Bytecode is trusted native code (ARCHITECTURE: apps ship as source): what is read here was written by this process.

use rquickjs::{Ctx, Error, Result, Value, qjs};
use std::collections::HashMap;
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytecode by the name of its source.
type Compiled = HashMap<&'static str, Arc<[u8]>>;

static COMPILED: Mutex<Option<Compiled>> = Mutex::new(None);

/// Evaluates the source `text` as a strict script named `hedgerow:NAME` in stack traces, and gives its value.
pub(crate) fn evaluate<'js>(ctx: &Ctx<'js>, name: &'static str, text: &'static str) -> Result<Value<'js>> {
    let known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|all| all.get(name).cloned());
    let bytecode = match known {
        Some(bytecode) => bytecode,
        None => {
            let bytecode = compile(ctx, name, text)?;
            let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
            all.get_or_insert_default().insert(name, bytecode.clone());
            bytecode
        }
    };
    run(ctx, &bytecode)
}

fn compile(ctx: &Ctx<'_>, name: &str, text: &str) -> Result<Arc<[u8]>> {
    let source = CString::new(text)?;
    let file_name = CString::new(format!("hedgerow:{name}"))?;
    let flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_STRICT | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let context = ctx.as_raw().as_ptr();
    // SAFETY: both strings end in zero and outlive the call; the value is owned by `function`, which frees it.
    let function =
        unsafe { owned(ctx, qjs::JS_Eval(context, source.as_ptr(), text.len() as _, file_name.as_ptr(), flags as _))? };
    let mut length = 0;
    let write_flags = qjs::JS_WRITE_OBJ_BYTECODE | qjs::JS_WRITE_OBJ_STRIP_SOURCE;
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

fn run<'js>(ctx: &Ctx<'js>, bytecode: &[u8]) -> Result<Value<'js>> {
    let context = ctx.as_raw().as_ptr();
    // SAFETY: the bytes were written by `compile` in this process, so they are valid for this engine; JS_EvalFunction takes over
    // the function that it is given, and what it returns is owned by the result.
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
