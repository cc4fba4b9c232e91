uniform vec3 sun_dir;
uniform vec3 sun_colour;
uniform vec3 zenith;
uniform vec3 horizon;
vec3 sky(vec3 d) {
    float up = clamp(d.z, 0.0, 1.0);
    vec3 c = mix(horizon, zenith, pow(up, 0.55));
    float s = max(dot(d, sun_dir), 0.0);
    return c + sun_colour * (0.10 * pow(s, 24.0) + 0.5 * pow(s, 400.0));
}
// A camera's curve: linear light to display, highlights rolled off.
uniform float exposure;
vec3 develop(vec3 c) {
    c *= exposure;
    c = c * (1.0 + c / 5.0) / (1.0 + c);
    return pow(clamp(c * 1.28, 0.0, 1.0), vec3(1.0 / 2.2));
}
