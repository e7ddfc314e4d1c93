// The load balancer is asked under its own name; this tells the application under which name the visitor came.
function handler(event) {
    var request = event.request;
    request.headers['x-forwarded-host'] = {value: request.headers.host.value};
    return request;
}
