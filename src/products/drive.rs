//! The one loop that changes places.

use std::ops::ControlFlow;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::spec::ProductSpec;
use super::{Bind, Settled};
use crate::transport::{Account, Boxed, Failure, ends_run};

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
    let mut groups = groups.map(|group| group.iter().map(|at| open[*at]).collect::<Vec<_>>());
    let mut under_way = FuturesUnordered::new();
    let (mut at_a_time, mut told, mut ended) = (1, false, None);
    loop {
        while under_way.len() < at_a_time && !told && ended.is_none() {
            let Some(group) = groups.next() else { break };
            told = report(Event::Sending(&group)).is_break();
            if told {
                break;
            }
            let binds: Vec<Bind<'_>> = group.iter().map(|at| binds[*at]).collect();
            under_way.push(send(spec, account, group, binds));
        }
        let Some((group, made)) = under_way.next().await else {
            return ended;
        };
        at_a_time = spec.side_by_side;
        for (at, one) in group.into_iter().zip(made) {
            told |= report(Event::Settled(at, &one)).is_break();
            if ended.is_none()
                && let Some(failure) = one.failure().filter(|failure| ends_run(failure))
            {
                ended = Some(failure.clone());
            }
            settled[at] = one;
        }
    }
}

fn send<'c>(
    spec: &'c ProductSpec,
    account: &'c Rc<Account<'_>>,
    group: Vec<usize>,
    binds: Vec<Bind<'c>>,
) -> Boxed<'c, (Vec<usize>, Vec<Settled>)> {
    Box::pin(async move {
        let made = (spec.bind)(account, &binds).await;
        (group, made)
    })
}
