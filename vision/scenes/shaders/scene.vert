#version 330 core
invariant gl_Position;
uniform mat4 view_projection;
uniform mat4 light;
in vec3 in_pos;
in vec3 in_nrm;
in vec2 in_uv;
in vec3 in_col;
in float in_layer;
in float in_wear;
out vec3 pos;
out vec3 nrm;
out vec2 uv;
out vec3 col;
out vec3 lit;
flat out float layer;
flat out float wear;
void main() {
    pos = in_pos;
    nrm = in_nrm;
    uv = in_uv;
    col = in_col;
    layer = in_layer;
    wear = in_wear;
    lit = (light * vec4(in_pos, 1.0)).xyz * 0.5 + 0.5;
    gl_Position = view_projection * vec4(in_pos, 1.0);
}
