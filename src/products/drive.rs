//! The one loop that changes places.

use std::ops::ControlFlow;
use std::rc::Rc;

use super::spec::ProductSpec;
use super::{Bind, Settled};
use crate::transport::{Account, Failure, Turn, ends_run, first_alone};

/// What a run comes to.
#[derive(Debug)]
pub enum Event<'s> {
    /// These are about to be sent.
    Sending(&'s [usize]),
    /// This is what became of one.
    Settled(usize, &'s Settled),
}

/// Makes what is open of the binds so, group by group: the first group alone, since what is wrong
/// with the login or the certificate shows there once, and the others as many at a time as the product
/// takes. `report` hears of each group before its call and of each bind afterwards; it may end the
/// run. Returns why the rest was not sent, if a failure said so: it holds for every call.
pub async fn drive(
    spec: &ProductSpec,
    account: &Rc<Account<'_>>,
    binds: &[Bind<'_>],
    settled: &mut [Settled],
    mut report: impl FnMut(Event<'_>) -> ControlFlow<()>,
) -> Option<Failure> {
    let open: Vec<usize> = (0..binds.len())
        .filter(|at| settled[*at].is_open())
        .collect();
    let chosen: Vec<Bind<'_>> = open.iter().map(|at| binds[*at]).collect();
    let groups = (spec.groups)(&chosen).into_iter();
    let groups: Vec<Vec<usize>> = groups
        .map(|group| group.iter().map(|at| open[*at]).collect())
        .collect();
    let mut ended = None;
    let work = async |at: usize| {
        let binds: Vec<Bind<'_>> = groups[at].iter().map(|at| binds[*at]).collect();
        (spec.bind)(account, &binds).await
    };
    first_alone(groups.len(), spec.side_by_side, work, |turn| {
        let (group, made) = match turn {
            Turn::Begins(at) => return report(Event::Sending(&groups[at])).is_continue(),
            Turn::Ended(at, made) => (&groups[at], made),
        };
        let mut goes_on = true;
        for (at, one) in group.iter().zip(made) {
            goes_on &= report(Event::Settled(*at, &one)).is_continue();
            if let Some(failure) = one.failure().filter(|failure| ends_run(failure)) {
                ended.get_or_insert_with(|| failure.clone());
            }
            settled[*at] = one;
        }
        goes_on && ended.is_none()
    })
    .await;
    ended
}
