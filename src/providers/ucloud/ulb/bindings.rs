//! Which certificate a listener has: one on a CLB's, a default one and others besides on an ALB's.

use super::{Accepted, Location, operation};
use crate::providers::Value;

/// Binds a certificate to a VServer of a CLB that has none.
///
/// <https://docs.ucloud.cn/api/ulb-api/bind_ssl>
#[derive(Clone, Debug)]
pub struct BindSSL<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub ulb_id: &'a str,
    /// The listener.
    pub vserver_id: &'a str,
    /// The certificate.
    pub ssl_id: &'a str,
}

operation!(BindSSL, Reconciled, Accepted, |call| {
    let params = call.location.params().text("ULBId", call.ulb_id);
    params
        .text("VServerId", call.vserver_id)
        .text("SSLId", call.ssl_id)
});

/// Takes a certificate from a VServer of a CLB, which has none then.
///
/// <https://docs.ucloud.cn/api/ulb-api/unbind_ssl>
#[derive(Clone, Debug)]
pub struct UnbindSSL<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub ulb_id: &'a str,
    /// The listener.
    pub vserver_id: &'a str,
    /// The certificate.
    pub ssl_id: &'a str,
}

operation!(UnbindSSL, Reconciled, Accepted, |call| {
    let params = call.location.params().text("ULBId", call.ulb_id);
    params
        .text("VServerId", call.vserver_id)
        .text("SSLId", call.ssl_id)
});

/// Binds a certificate to an ALB's listener besides its default one, for SNI: 25 on a load
/// balancer.
///
/// <https://docs.ucloud.cn/api/ulb-api/add_ssl_binding>
#[derive(Clone, Debug)]
pub struct AddSSLBinding<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub load_balancer_id: &'a str,
    /// The listener.
    pub listener_id: &'a str,
    /// The certificate.
    pub ssl_id: &'a str,
}

operation!(AddSSLBinding, Reconciled, Accepted, |call| {
    let params = call.location.params();
    params
        .text("LoadBalancerId", call.load_balancer_id)
        .text("ListenerId", call.listener_id)
        .list("SSLIds", [Value::from(call.ssl_id)])
});

/// Takes a certificate from an ALB's listener that it has besides its default one. The default
/// one cannot be taken away.
///
/// <https://docs.ucloud.cn/api/ulb-api/delete_ssl_binding>
#[derive(Clone, Debug)]
pub struct DeleteSSLBinding<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub load_balancer_id: &'a str,
    /// The listener.
    pub listener_id: &'a str,
    /// The certificate.
    pub ssl_id: &'a str,
}

operation!(DeleteSSLBinding, Reconciled, Accepted, |call| {
    let params = call.location.params();
    params
        .text("LoadBalancerId", call.load_balancer_id)
        .text("ListenerId", call.listener_id)
        .list("SSLIds", [Value::from(call.ssl_id)])
});

/// Sets the default certificate of an ALB's listener. What else the action could set stays as it
/// is.
///
/// <https://docs.ucloud.cn/api/ulb-api/update_listener_attribute>
#[derive(Clone, Debug)]
pub struct UpdateListenerAttribute<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The load balancer.
    pub load_balancer_id: &'a str,
    /// The listener.
    pub listener_id: &'a str,
    /// The default certificate.
    pub default_ssl_id: &'a str,
}

operation!(UpdateListenerAttribute, Repeatable, Accepted, |call| {
    let params = call.location.params();
    params
        .text("LoadBalancerId", call.load_balancer_id)
        .text("ListenerId", call.listener_id)
        .list("Certificates", [Value::from(call.default_ssl_id)])
});

/// Replaces a certificate by another wherever it is bound in the scope: the listener, the load
/// balancer, or, with neither given, the whole project in that region. The answer does not say
/// what changed.
///
/// The parameters are `LoadBalancerId` and `ListenerId`, for a CLB too. `ULBId` and `VServerId`,
/// which the vendor's first sample shows, are not parameters of this action and would leave it
/// without a scope.
///
/// <https://docs.ucloud.cn/api/ulb-api/update_ssl_binding>
#[derive(Clone, Debug)]
pub struct UpdateSSLBinding<'a> {
    /// Where.
    pub location: Location<'a>,
    /// The certificate that is bound now.
    pub old_ssl_id: &'a str,
    /// The certificate to bind instead.
    pub new_ssl_id: &'a str,
    /// Narrows the scope to a load balancer.
    pub load_balancer_id: Option<&'a str>,
    /// Narrows the scope to a listener (a VServer of a CLB, a listener of an ALB).
    pub listener_id: Option<&'a str>,
}

operation!(UpdateSSLBinding, Reconciled, Accepted, |call| {
    let params = call.location.params();
    params
        .text("OldSSLId", call.old_ssl_id)
        .text("NewSSLId", call.new_ssl_id)
        .maybe("LoadBalancerId", call.load_balancer_id)
        .maybe("ListenerId", call.listener_id)
});
