//! `JSON.stringify` for what apps mostly return: plain objects, arrays and primitives, written here letter for letter as the
//! engine would write them, in a third of the engine's time (it quotes text a letter at a time). Whatever else turns up, a Date,
//! a `toJSON`, a Proxy, goes through the engine, so that the result is always the engine's own.

use rquickjs::atom::PredefinedAtom;
use rquickjs::object::Property;
use rquickjs::{Array, Atom, Ctx, Object, Value, qjs};

/// How deep plain data may be nested. What is deeper, cycles included, is left to the engine, which knows its errors.
const DEEPEST: usize = 64;

/// The longest text that is written here, in bytes: text is no part of the engine's heap, so what may grow beyond any bound (a
/// list of a list of a list of one large text) is left to the engine and its limit.
const LONGEST_BYTES: usize = 8 << 20;

/// JSON text of a value; `None` for what has none (undefined, a function). Runs getters and `toJSON` of the app, and throws what
/// they throw; getters run again for the few values that turn out too deep or too long on the way.
pub(super) fn to_json<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<String>> {
    let mut writer = Writer { ctx, text: Vec::with_capacity(2048), depth: 0 };
    match writer.write(&value) {
        Ok(Kind::Absent) => Ok(None),
        Ok(Kind::Complicated) | Err(Stop::TooMuch) => through_engine(ctx, value),
        Ok(_) => Ok(Some(String::from_utf8(writer.text).expect("only whole texts are appended"))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn through_engine<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<String>> {
    ctx.json_stringify(value)?.map(|text| text.to_string()).transpose()
}

/// Why nothing more is written here.
enum Stop {
    /// Too deep or too long: the engine has to take the whole value.
    TooMuch,
    /// The app threw, or the engine failed.
    Failed(rquickjs::Error),
}

impl From<rquickjs::Error> for Stop {
    fn from(error: rquickjs::Error) -> Self {
        Self::Failed(error)
    }
}

/// What `JSON.stringify` does with a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Leaves it out of an object, makes it null in an array.
    Absent,
    Null,
    True,
    False,
    Number,
    Text,
    Object,
    Array,
    /// Something that only the engine knows.
    Complicated,
}

struct Writer<'a, 'js> {
    ctx: &'a Ctx<'js>,
    text: Vec<u8>,
    depth: usize,
}

impl<'js> Writer<'_, 'js> {
    /// Appends the value, unless it is absent or complicated: what it is tells the caller.
    fn write(&mut self, value: &Value<'js>) -> Result<Kind, Stop> {
        let kind = kind_of(value)?;
        self.append(kind, value)?;
        Ok(kind)
    }

    fn append(&mut self, kind: Kind, value: &Value<'js>) -> Result<(), Stop> {
        match kind {
            Kind::Absent | Kind::Complicated => {}
            Kind::Null => self.text.extend_from_slice(b"null"),
            Kind::True => self.text.extend_from_slice(b"true"),
            Kind::False => self.text.extend_from_slice(b"false"),
            Kind::Number => self.number(value)?,
            Kind::Text => self.quote(value)?,
            Kind::Object => self.nested(|writer| writer.object(value))?,
            Kind::Array => self.nested(|writer| writer.array(value))?,
        }
        Ok(())
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.depth == DEEPEST {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        write(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, value: &Value<'js>) -> Result<(), Stop> {
        let Some(object) = value.as_object() else { return Ok(()) };
        self.text.push(b'{');
        let mut is_first = true;
        for member in object.props::<Atom, Value>() {
            let (key, value) = member?;
            let kind = kind_of(&value)?;
            let complicated = match kind {
                Kind::Absent => continue,
                Kind::Complicated => match self.member_through_engine(key.clone(), value.clone())? {
                    Some(member) => Some(member),
                    None => continue,
                },
                _ => None,
            };
            if !std::mem::take(&mut is_first) {
                self.text.push(b',');
            }
            match complicated {
                Some(member) => self.text.extend_from_slice(member.as_bytes()),
                None => {
                    self.quote(key.to_js_string()?.as_value())?;
                    self.text.push(b':');
                    self.append(kind, &value)?;
                }
            }
            self.check_length()?;
        }
        self.text.push(b'}');
        Ok(())
    }

    fn array(&mut self, value: &Value<'js>) -> Result<(), Stop> {
        let Some(array) = value.as_array() else { return Ok(()) };
        self.text.push(b'[');
        for index in 0..array.len() {
            if index > 0 {
                self.text.push(b',');
            }
            self.element(array, index)?;
            self.check_length()?;
        }
        self.text.push(b']');
        Ok(())
    }

    fn element(&mut self, array: &Array<'js>, index: usize) -> Result<(), Stop> {
        let value: Value = array.get(index)?;
        match self.write(&value)? {
            Kind::Absent => self.text.extend_from_slice(b"null"),
            Kind::Complicated => {
                let key = Atom::from_f64(self.ctx.clone(), index as f64)?;
                match self.member_through_engine(key, value)? {
                    // `"12":VALUE`
                    Some(member) => self.text.extend_from_slice(&member.as_bytes()[index.to_string().len() + 3..]),
                    None => self.text.extend_from_slice(b"null"),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// `"key":VALUE` as the engine writes it, which tells a `toJSON` its key; `None` if the member is left out.
    fn member_through_engine(&self, key: Atom<'js>, value: Value<'js>) -> Result<Option<String>, Stop> {
        let holder = Object::new(self.ctx.clone())?;
        // Defined, as an assignment to `__proto__` would not make a member.
        holder.prop(key, Property::from(value).enumerable())?;
        let text = through_engine(self.ctx, holder.into_value())?.unwrap_or_default();
        let member = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
        Ok((!member.is_empty()).then(|| member.to_owned()))
    }

    fn number(&mut self, value: &Value<'js>) -> Result<(), Stop> {
        const LARGEST_INTEGER: f64 = 9_007_199_254_740_991.0;
        let number = value.as_number().unwrap_or(f64::NAN);
        if !number.is_finite() {
            self.text.extend_from_slice(b"null");
        } else if number.fract() == 0.0 && number.abs() <= LARGEST_INTEGER {
            #[expect(clippy::cast_possible_truncation, reason = "an integer within 53 bits fits")]
            serde_json::to_writer(&mut self.text, &(number as i64)).expect("memory takes everything");
        } else {
            // JavaScript writes `1e+21` where Rust writes `1e21`.
            let text = through_engine(self.ctx, value.clone())?;
            self.text.extend_from_slice(text.unwrap_or_default().as_bytes());
        }
        Ok(())
    }

    fn quote(&mut self, value: &Value<'js>) -> Result<(), Stop> {
        let Some(string) = value.as_string() else { return Ok(()) };
        let text = string.clone().to_cstring()?;
        // SAFETY: the text is `len` bytes long and lives as long as `text`. Its bytes may be no UTF-8, so they are not asked for as
        // a `str`.
        let bytes = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<u8>(), text.len()) };
        match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::to_writer(&mut self.text, text).expect("memory takes everything"),
            // A lone surrogate, which is written as its escape.
            Err(_) => {
                let text = through_engine(self.ctx, value.clone())?;
                self.text.extend_from_slice(text.unwrap_or_default().as_bytes());
            }
        }
        Ok(())
    }

    fn check_length(&self) -> Result<(), Stop> {
        if self.text.len() > LONGEST_BYTES { Err(Stop::TooMuch) } else { Ok(()) }
    }
}

fn kind_of(value: &Value<'_>) -> rquickjs::Result<Kind> {
    if let Some(object) = value.as_object() {
        return kind_of_object(object);
    }
    Ok(if value.is_string() {
        Kind::Text
    } else if value.is_number() {
        Kind::Number
    } else if value.is_null() {
        Kind::Null
    } else if let Some(boolean) = value.as_bool() {
        if boolean { Kind::True } else { Kind::False }
    } else if value.is_undefined() || value.is_symbol() {
        Kind::Absent
    } else {
        Kind::Complicated
    })
}

/// The engine's number of the class of an object, whatever prototype the app gave it: a Proxy is neither of these two. A test
/// holds the engine to them.
pub(crate) fn class_of(object: &Object<'_>) -> qjs::JSClassID {
    // SAFETY: the value is alive, and the call only reads it.
    unsafe { qjs::JS_GetClassID(object.as_raw()) }
}

/// The class of objects that are nothing else.
const OBJECT: qjs::JSClassID = 1;
/// The class of arrays.
const ARRAY: qjs::JSClassID = 2;

fn kind_of_object(object: &Object<'_>) -> rquickjs::Result<Kind> {
    let kind = match class_of(object) {
        OBJECT => Kind::Object,
        ARRAY => Kind::Array,
        _ => return Ok(Kind::Complicated),
    };
    let converter: Value = object.get(PredefinedAtom::ToJSON)?;
    Ok(if converter.is_function() { Kind::Complicated } else { kind })
}

#[cfg(test)]
mod tests;
