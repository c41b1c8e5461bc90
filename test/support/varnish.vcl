vcl 4.1;

import std;

# Without its defaults for Cookie and Authorization: what may be kept, and for whom, the gateway's headers say.
backend gateway {
    .host = "127.0.0.1";
    .port = "GATEWAY_PORT";
}

acl operators {
    "127.0.0.1";
}

sub vcl_recv {
    if (req.method == "BAN") {
        if (client.ip !~ operators) {
            return (synth(403));
        }
        if (!std.ban("obj.http.Surrogate-Key ~ (^|\s)" + req.http.Surrogate-Key + "(\s|$)")) {
            return (synth(400, std.ban_error()));
        }
        return (synth(204));
    }
    unset req.http.X-Ttl;
    if (req.method != "GET") {
        return (pass);
    }
    return (hash);
}

sub vcl_hit {
    set req.http.X-Ttl = obj.ttl;
}

sub vcl_backend_response {
    set beresp.http.X-Taken-Ttl = beresp.ttl;
    # STORES_PRIVATE
}

sub vcl_deliver {
    # Whether it was answered from here, and for how long the answer is fresh here still.
    if (obj.hits > 0) {
        set resp.http.X-Proxy = "hit";
        set resp.http.X-Ttl = req.http.X-Ttl;
    } else {
        set resp.http.X-Proxy = "miss";
    }
}
