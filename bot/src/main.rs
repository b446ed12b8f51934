//! `ecs-pull-why`: the command line.

fn main() {}
