//! The Lua scripts. Each file's header lists its keys, arguments and answers.

use std::sync::LazyLock;

use redis::Script;

macro_rules! scripts {
    (plain { $($name:ident = $file:literal;)* } fenced { $($fenced:ident = $fenced_file:literal;)* }) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!("lua/", $file))));)*
        $(pub(super) static $fenced: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("lua/fence.lua"), include_str!(concat!("lua/", $fenced_file))))
        });)*
    };
}

scripts! {
    plain {
        ENQUEUE = "enqueue.lua";
        MOVE_DUE = "move_due.lua";
        FORGET_CONSUMERS = "forget_consumers.lua";
        PACE = "pace.lua";
        PAUSE = "pause.lua";
        CLAIM_HANDLE = "claim_handle.lua";
        APPEND_AUDIT = "append_audit.lua";
    }
    fenced {
        BEGIN = "begin.lua";
        RENEW = "renew.lua";
        COMPLETE = "complete.lua";
        PUT_BACK = "put_back.lua";
        GIVE_UP = "give_up.lua";
        BURY = "bury.lua";
        CLOSE_FOLDING = "close_folding.lua";
        SET_STATE = "set_state.lua";
    }
}
