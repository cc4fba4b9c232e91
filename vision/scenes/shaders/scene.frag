#version 330 core
uniform sampler2DArray albedo_map;
uniform sampler2DArray surface_map;
uniform sampler2D noise_map;
uniform sampler2DShadow shadow_map;
uniform vec3 eye;
uniform vec3 ambient_sky;
uniform vec3 ambient_ground;
uniform float shadow_spread;   // texture units between taps
uniform float shadow_strength; // 0..1
uniform float fog_m;
uniform float glow;
uniform float wet;
uniform float dapple;          // 0..1: how much of the sun leaves overhead take
uniform int lamp_count;        // street lamps and the like
uniform vec3 lamps[6];
uniform vec3 lamp_colour;
in vec3 pos;
in vec3 nrm;
in vec2 uv;
in vec3 col;
in vec3 lit;
flat in float layer;
flat in float wear;
out vec4 colour;
#include sky

float sunlight(float facing) {
    // Outside the map there is no caster: lit.
    if (lit.z > 1.0 || any(lessThan(lit.xy, vec2(0.0))) || any(greaterThan(lit.xy, vec2(1.0)))) return 1.0;
    float bias = mix(0.0030, 0.0007, clamp(facing, 0.0, 1.0));
    float sum = 0.0;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            sum += texture(shadow_map, vec3(lit.xy + shadow_spread * vec2(i, j), lit.z - bias));
    return sum / 9.0;
}

void main() {
    // Three taps along the longer side of the pixel's footprint: the driver's own anisotropic
    // filter costs up to a hundred times more in software where a face is seen edge on.
    vec2 gx = dFdx(uv), gy = dFdy(uv);
    bool x_longer = dot(gx, gx) > dot(gy, gy);
    vec2 longer = (x_longer ? gx : gy) / 3.0;
    if (x_longer) gx = longer; else gy = longer;
    vec4 a = (textureGrad(albedo_map, vec3(uv, layer), gx, gy)
        + textureGrad(albedo_map, vec3(uv - longer, layer), gx, gy)
        + textureGrad(albedo_map, vec3(uv + longer, layer), gx, gy)) / 3.0;
    vec4 s = texture(surface_map, vec3(uv, layer), -0.7);
#ifdef CUTOUT
    // Sampled as the depth pass samples it, or the two would disagree on the holes.
    if (texture(surface_map, vec3(uv, layer)).a < 0.5) discard;
#endif
    vec3 n = normalize(nrm);
    vec3 to_eye = eye - pos;
    float away = length(to_eye);
    vec3 v = to_eye / away;
    if (dot(n, v) < 0.0) n = -n;
    // Tangent frame from screen derivatives: no tangents in the vertices.
    vec3 px = dFdx(pos), py = dFdy(pos);
    vec2 ux = dFdx(uv), uy = dFdy(uv);
    vec3 perp_y = cross(py, n), perp_x = cross(n, px);
    vec3 t = perp_y * ux.x + perp_x * uy.x;
    vec3 b = perp_y * ux.y + perp_x * uy.y;
    float big = max(max(dot(t, t), dot(b, b)), 1e-12);
    vec2 tilt = s.xy * 2.0 - 1.0;
    n = normalize((t * tilt.x + b * tilt.y) * inversesqrt(big) + n * sqrt(max(0.05, 1.0 - dot(tilt, tilt))));

    vec3 base = a.rgb * mix(vec3(1.0), col, a.a);
    float stain = texture(noise_map, pos.xy / 7.0 + pos.z * 0.13).r;
    base *= 0.78 + 0.44 * stain;
    if (wear > 0.0) {
        float gone = texture(noise_map, pos.xy / 1.3).g * 0.65 + stain * 0.35;
        float k = smoothstep(1.02 - wear, 1.22 - wear, gone + 0.25);
        base = mix(base, a.rgb * vec3(0.26, 0.25, 0.23), 0.8 * k);
    }
    float puddle = wet * smoothstep(0.2, 0.9, nrm.z);
    base *= 1.0 - 0.45 * puddle;

    float facing = dot(n, sun_dir);
    float sun = max(facing, 0.0) * (1.0 - shadow_strength * (1.0 - sunlight(dot(normalize(nrm), sun_dir))));
    if (dapple > 0.0) {
        vec2 leaf = pos.xy - sun_dir.xy * (pos.z / max(sun_dir.z, 0.2));
        float gap = texture(noise_map, leaf / 6.3).g * 0.5 + texture(noise_map, leaf / 17.0).r * 0.5;
        sun *= 1.0 - dapple * smoothstep(0.525, 0.475, gap);
    }
    // Walls and things are darker near the ground, where little sky is seen.
    float open = mix(1.0, 0.62 + 0.38 * smoothstep(-0.1, 0.9, pos.z), 1.0 - abs(nrm.z));
    vec3 light = sun_colour * sun + mix(ambient_ground, ambient_sky, n.z * 0.5 + 0.5) * open;
    vec3 r = reflect(-v, n);
    vec3 shine = vec3(0.0);
    for (int i = 0; i < lamp_count; i++) {
        vec3 to_lamp = lamps[i] - pos;
        float far = length(to_lamp);
        vec3 l = to_lamp / far;
        // The head shines down: little of it goes sideways.
        vec3 beam = lamp_colour * (smoothstep(-0.1, 0.6, l.z) * 14.0 / (6.0 + far * far));
        light += beam * max(dot(n, l), 0.0);
        shine += beam * pow(max(dot(r, l), 0.0), 24.0) * max(s.z, 0.6 * puddle);
    }
    vec3 c = base * light + shine;
    float fresnel = 0.25 + 0.75 * pow(1.0 - max(dot(n, v), 0.0), 4.0);
    float gloss = max(s.z, puddle * 0.5 * smoothstep(0.35, 0.75, stain));
    c = mix(c, sky(vec3(r.xy, abs(r.z))), gloss * fresnel);
#ifndef CUTOUT
    c += base * s.a * glow * vec3(3.2, 2.7, 2.0) + vec3(1.0, 0.85, 0.6) * s.a * glow * 0.35;
#endif
    c += max(col - 1.0, 0.0);
    float fog = 1.0 - exp(-pow(away / fog_m, 2.0));
    colour = vec4(develop(mix(c, horizon, fog)), 1.0);
}
