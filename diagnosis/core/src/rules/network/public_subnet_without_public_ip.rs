pub(in crate::rules) fn judge(
    _: &crate::case::Case<'_>,
) -> Vec<(crate::judgement::Subject, crate::judgement::Judgement)> {
    Vec::new()
}
