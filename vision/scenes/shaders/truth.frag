#version 330 core
uniform sampler2DArray surface_map;
in vec2 uv;
flat in float layer;
flat in float id;
out vec2 truth; // id, depth along the optical axis in metres
void main() {
#ifdef CUTOUT
    if (texture(surface_map, vec3(uv, layer)).a < 0.5) discard;
#endif
    truth = vec2(id, 1.0 / gl_FragCoord.w);
}
